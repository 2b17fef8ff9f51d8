import { Combobox, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { read } from '../../api/queries.ts';
import { IconAdd } from '../../ui/icons.ts';
import { useAnswerKeys } from '../../ui/use-answer-keys.ts';
import { ProjectButton } from './ProjectButton.tsx';
import css from './ProjectSelect.module.css';
import { useRecentProjects } from './recent-projects.ts';

const newProject = 'new';

/** Select Project, opened: search, recent, new. Loaded when it is first asked for. */
export default function ProjectSelect() {
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const combobox = useCombobox({
    defaultOpened: true,
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      combobox.focusTarget();
      setTyped('');
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  });
  const { focusSearchInput } = combobox;
  useEffect(() => focusSearchInput(), [focusSearchInput]);
  const choose = (id: string) => {
    combobox.closeDropdown();
    if (id === newProject) void navigate({ to: '/projects', search: { new: '1' } });
    else void navigate({ to: '/projects/$projectId/databases', params: { projectId: id } });
  };
  const list = useProjectList(typed, combobox.dropdownOpened);
  const onKeyDown = useAnswerKeys(combobox, { typed, ...list, choose });
  return (
    <Combobox
      store={combobox}
      onOptionSubmit={choose}
      width={300}
      position="bottom-start"
      offset={6}
      classNames={{ dropdown: 'float', search: css.search ?? '' }}
    >
      <Combobox.Target targetType="button">
        <ProjectButton onClick={() => combobox.toggleDropdown()} />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={typed}
          placeholder="Search projects"
          aria-label="Search projects"
          onKeyDownCapture={onKeyDown}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            combobox.resetSelectedOption();
          }}
        />
        {combobox.dropdownOpened && <ProjectOptions {...list} />}
      </Combobox.Dropdown>
    </Combobox>
  );
}

function useProjectList(typed: string, isOpen: boolean) {
  const [search] = useDebouncedValue(typed, 120);
  const recent = useRecentProjects();
  const found = useQuery({
    ...read('GET /projects', { query: { search, state: 'active', pageSize: 20 } }),
    enabled: isOpen,
    placeholderData: keepPreviousData,
  });
  const items = found.data?.items ?? [];
  const recentItems = search === '' ? recent.filter(({ id }) => items.some((item) => item.id === id)) : [];
  const others = items.filter(({ id }) => !recentItems.some((item) => item.id === id));
  const isBehind = found.error === null && (search !== typed || found.isPlaceholderData || found.isPending);
  return { search, found, recentItems, others, isBehind, ids: [...recentItems, ...others].map(({ id }) => id) };
}

function ProjectOptions({ search, found, recentItems, others, ids }: ReturnType<typeof useProjectList>) {
  return (
    <Combobox.Options className="float-list" aria-label="Projects">
      {recentItems.length > 0 && <div className="float-label">Recent</div>}
      {recentItems.map((project) => (
        <ProjectOption key={project.id} {...project} />
      ))}
      {recentItems.length > 0 && others.length > 0 && <div className="float-label">All</div>}
      {others.map((project) => (
        <ProjectOption key={project.id} id={project.id} name={project.name} />
      ))}
      {found.error && <p className="float-empty">{found.error.message}</p>}
      {found.data?.items.length === 0 && (
        <p className="float-empty">{search === '' ? 'You are in no project yet.' : 'No project has this name.'}</p>
      )}
      {(found.data?.total ?? 0) > ids.length && (
        <p className="float-empty">{(found.data?.total ?? 0) - ids.length} more: type to find them.</p>
      )}
      {found.data?.abilities['create'] && (
        <>
          <div className="float-rule" />
          <Combobox.Option value={newProject} className="float-item">
            <IconAdd size={14} aria-hidden="true" /> New project
          </Combobox.Option>
        </>
      )}
    </Combobox.Options>
  );
}

function ProjectOption({ id, name }: { id: string; name: string }) {
  return (
    <Combobox.Option value={id} className="float-item">
      {name}
    </Combobox.Option>
  );
}
