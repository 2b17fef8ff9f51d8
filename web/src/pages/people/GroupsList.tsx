import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { may } from '../../api/abilities.ts';
import type { ItemOf } from '../../api/client.ts';
import { readPage } from '../../api/queries.ts';
import { useMay } from '../../app/session.ts';
import { plural } from '../../lib/plural.ts';
import { roleLabel } from '../../lib/role-labels.ts';
import { Button } from '../../ui/Button.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ListToolbar } from '../../ui/ListToolbar.tsx';
import { NothingFound } from '../../ui/NothingFound.tsx';
import { PageHeader } from '../../ui/Page.tsx';
import { GroupDrawer } from './GroupDrawer.tsx';
import css from './People.module.css';
import type { PeopleSearch } from './PeoplePage.tsx';

export type Group = ItemOf<'GET /groups'>;

/** Named in a row of the list at most this many; the rest is counted. */
const namedPeople = 4;

const columns = (onOpen: (group: Group) => void): readonly Column<Group>[] => [
  {
    key: 'name',
    head: 'Group',
    isTight: true,
    draw: (group) =>
      may(group, 'edit') ? (
        <button type="button" className={css.open} onClick={() => onOpen(group)}>
          {group.name}
        </button>
      ) : (
        group.name
      ),
  },
  {
    key: 'people',
    head: 'People',
    draw: ({ members }) => {
      const named = members.slice(0, namedPeople).map(({ name }) => name);
      const rest = members.length - named.length;
      return members.length === 0 ? (
        <span className={css.soft}>nobody</span>
      ) : (
        `${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
      );
    },
  },
  { key: 'roles', head: 'Workspace-wide roles', draw: (group) => group.roles.map(roleLabel).join(', ') },
  {
    key: 'count',
    head: 'Size',
    isTight: true,
    align: 'right',
    draw: ({ members }) => plural(members.length, 'person', 'people'),
  },
];

interface GroupsListProps {
  search: PeopleSearch;
  onSearch: (patch: Partial<PeopleSearch>) => void;
  tabs: ReactNode;
}

export function GroupsList({ search: { search, page }, onSearch, tabs }: GroupsListProps) {
  const list = useQuery(readPage('GET /groups', { query: { search, page } }));
  const mayAdd = useMay('group.manage');
  const [openId, setOpenId] = useState<string | 'new' | null>(null);
  const open = list.data?.items.find((group) => group.id === openId);
  const close = () => setOpenId(null);
  return (
    <>
      <PageHeader
        title="Users & Groups"
        actions={
          mayAdd && (
            <Button look="primary" onClick={() => setOpenId('new')}>
              Add group
            </Button>
          )
        }
      />
      {tabs}
      <ListToolbar label="Search groups" search={search} onSearch={(next) => onSearch({ search: next })} />
      <DataTable<Group>
        label="Groups"
        columns={columns((group) => setOpenId(group.id))}
        list={list}
        idOf={(group) => group.id}
        onPage={(next) => onSearch({ page: next })}
        empty={
          search === undefined ? (
            <EmptyState>A group holds roles for all of its people. Groups appear here.</EmptyState>
          ) : (
            <NothingFound what="group" onClear={() => onSearch({ search: undefined })} />
          )
        }
      />
      {openId === 'new' && <GroupDrawer group={null} onClose={close} />}
      {open && <GroupDrawer key={open.id} group={open} onClose={close} />}
    </>
  );
}
