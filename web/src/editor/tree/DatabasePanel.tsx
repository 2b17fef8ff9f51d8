import { useDebouncedValue } from '@mantine/hooks';
import { type FocusEvent, type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { IconProject, IconSearch } from '../../ui/icons.ts';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import type { TabDatabase } from '../state/editor-tab.ts';
import { DatabaseNode, RelationNode } from './DatabaseNode.tsx';
import css from './DatabasePanel.module.css';
import { TreeGroup } from './TreeGroup.tsx';
import { TreeItem } from './TreeItem.tsx';
import { type TreeActions, type TreeOpenness, useOpenness } from './tree-actions.ts';
import { focusItem, onTreeKey } from './tree-keys.ts';
import { type EditorDatabase, isGranted, useDatabases, useRelations } from './use-databases.ts';

interface DatabasePanelProps {
  actions: TreeActions;
  current: TabDatabase | null;
}

/** What can be opened: first what is open to the person, then projects with their databases, schemas and tables. */
export function DatabasePanel({ actions, current }: DatabasePanelProps) {
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 150);
  const databases = useDatabases(search);
  const tree = useRef<HTMLDivElement>(null);
  const currentId = current?.id;
  // The tab's database stands open where it is seen first: among the open ones, else in its project.
  const isCurrentGranted = databases.items.some((database) => database.id === currentId && isGranted(database));
  const opensBy = useCallback(
    (key: string) =>
      key.startsWith('project:') ||
      (currentId !== undefined && key.includes(currentId) && key.startsWith('open') === isCurrentGranted),
    [currentId, isCurrentGranted],
  );
  const openness = useOpenness(opensBy);
  // The tree is one stop of the tab key: its first line, until the person has walked elsewhere.
  useEffect(() => {
    const items = [...(tree.current?.querySelectorAll<HTMLElement>('[role="treeitem"]') ?? [])];
    if (!items.some((item) => item.tabIndex === 0) && items[0]) items[0].tabIndex = 0;
  });
  const onFocus = (event: FocusEvent<HTMLElement>) => {
    const item = event.target;
    if (tree.current !== null && item.role === 'treeitem') {
      for (const other of tree.current.querySelectorAll<HTMLElement>('[role="treeitem"]'))
        other.tabIndex = other === item ? 0 : -1;
    }
  };
  return (
    <div className={css.panel}>
      <div className={css.search}>
        <IconSearch size={14} aria-hidden="true" />
        <input
          type="search"
          aria-label="Search databases and tables"
          placeholder="Search databases and tables"
          value={typed}
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            const first = tree.current?.querySelector<HTMLElement>('[role="treeitem"]');
            if (event.key !== 'ArrowDown' || !first || tree.current === null) return;
            event.preventDefault();
            focusItem(tree.current, first);
          }}
        />
      </div>
      <div className={css.scroll}>
        <ErrorNotice error={databases.error} onRetry={() => void databases.refetch()} />
        {databases.isPending && (
          <div className={css.loading}>
            <SkeletonBlock lines={6} />
          </div>
        )}
        <div ref={tree} role="tree" aria-label="Databases" className={css.tree} onKeyDown={onTreeKey} onFocus={onFocus}>
          {search !== '' && current !== null && <FoundTables key={current.id} {...{ search, current, actions }} />}
          <Open {...{ actions, openness }} items={databases.items} />
          <Projects {...{ actions, openness }} items={databases.items} isFound={search !== ''} />
          {databases.hasNextPage && (
            <TreeItem
              label="Show more databases"
              icon={null}
              name={<span className={css.more}>Show more</span>}
              onActivate={() => void databases.fetchNextPage()}
              depth={0}
            />
          )}
        </div>
        {databases.isSuccess && databases.items.length === 0 && (
          <p className={css.words}>
            {search === '' ? 'The databases of your projects will appear here.' : 'No database has this name.'}
          </p>
        )}
      </div>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <TreeGroup label={title}>
      <div className={css.section} aria-hidden="true">
        {title}
      </div>
      {children}
    </TreeGroup>
  );
}

interface SectionProps {
  items: readonly EditorDatabase[];
  actions: TreeActions;
  openness: TreeOpenness;
}

/** What was granted comes before everything else. */
function Open({ items, actions, openness }: SectionProps) {
  const open = items.filter(isGranted);
  if (open.length === 0) return null;
  return (
    <Section title="Open to you">
      {open.map((database) => (
        <DatabaseNode key={database.id} {...{ database, actions, openness }} place="open" depth={0} />
      ))}
    </Section>
  );
}

function Projects({ items, actions, openness, isFound }: SectionProps & { isFound: boolean }) {
  const projects = [...Map.groupBy(items, ({ project }) => project?.id ?? '')];
  if (projects.length === 0) return null;
  return (
    <Section title={isFound ? 'Found' : 'Projects'}>
      {projects.map(([id, databases]) => (
        <TreeItem
          key={id}
          label={`${databases[0]?.project?.name ?? 'Without a project'}, project`}
          icon={<IconProject size={14} aria-hidden="true" />}
          name={databases[0]?.project?.name ?? 'Without a project'}
          isOpen={openness.isOpen(`project:${id}`)}
          onToggle={() => openness.toggle(`project:${id}`)}
          depth={0}
        >
          <TreeGroup>
            {databases.map((database) => (
              <DatabaseNode key={database.id} {...{ database, actions, openness }} place={`in ${id}`} depth={1} />
            ))}
          </TreeGroup>
        </TreeItem>
      ))}
    </Section>
  );
}

interface FoundTablesProps {
  search: string;
  current: TabDatabase;
  actions: TreeActions;
}

/** Tables of the tab's database that have the name. */
function FoundTables({ search, current, actions }: FoundTablesProps) {
  const relations = useRelations(current.id, search, true);
  if (relations.items.length === 0) return null;
  return (
    <Section title={`Tables in ${current.name}`}>
      {relations.items.map((relation) => (
        <RelationNode key={relation.id} {...{ relation, actions }} database={current} depth={0} />
      ))}
    </Section>
  );
}
