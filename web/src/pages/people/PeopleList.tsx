import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { may } from '../../api/abilities.ts';
import type { ItemOf } from '../../api/client.ts';
import { readPage } from '../../api/queries.ts';
import { useMay } from '../../app/session.ts';
import { roleLabel } from '../../lib/role-labels.ts';
import { Button } from '../../ui/Button.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Filter, ListToolbar } from '../../ui/ListToolbar.tsx';
import { NothingFound } from '../../ui/NothingFound.tsx';
import { PageHeader } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { StateTag } from '../../ui/StateTag.tsx';
import { AddUserDrawer } from './AddUserDrawer.tsx';
import css from './People.module.css';
import type { PeopleSearch } from './PeoplePage.tsx';
import { PersonDrawer } from './PersonDrawer.tsx';

export type Person = ItemOf<'GET /people'>;

const tones = { invited: 'attention', active: 'open', deactivated: 'rest' } as const;

const columns = (onOpen: (person: Person) => void): readonly Column<Person>[] => [
  {
    key: 'name',
    head: 'User',
    draw: (person) => (
      <span className={css.who}>
        {may(person, 'edit') ? (
          <button type="button" className={css.open} onClick={() => onOpen(person)}>
            {person.name}
          </button>
        ) : (
          person.name
        )}
        <span className={css.soft}>{person.email}</span>
      </span>
    ),
  },
  {
    key: 'roles',
    head: 'Workspace-wide roles',
    draw: (person) => person.roles.map(roleLabel).join(', ') || <span className={css.soft}>Workspace Member</span>,
  },
  { key: 'groups', head: 'Groups', draw: (person) => person.groups.map(({ name }) => name).join(', ') },
  {
    key: 'state',
    head: 'State',
    isTight: true,
    draw: (person) => <StateTag tone={tones[person.state]}>{person.state}</StateTag>,
  },
  { key: 'seen', head: 'Last seen', isTight: true, draw: (person) => <RelativeTime at={person.lastSeenAt} /> },
];

interface PeopleListProps {
  search: PeopleSearch;
  onSearch: (patch: Partial<PeopleSearch>) => void;
  tabs: ReactNode;
}

export function PeopleList({ search: { search, page, state }, onSearch, tabs }: PeopleListProps) {
  const list = useQuery(readPage('GET /people', { query: { search, page, state } }));
  const mayAdd = useMay('person.manage');
  const [isAdding, setIsAdding] = useState(false);
  const [openId, setOpenId] = useState<string | null>(null);
  const open = list.data?.items.find((person) => person.id === openId);
  return (
    <>
      <PageHeader
        title="Users & Groups"
        actions={
          mayAdd && (
            <Button look="primary" onClick={() => setIsAdding(true)}>
              Add user
            </Button>
          )
        }
      />
      {tabs}
      <ListToolbar label="Search users" search={search} onSearch={(next) => onSearch({ search: next })}>
        <Filter
          label="State"
          any="Any state"
          value={state}
          choices={[
            { value: 'active', label: 'Active' },
            { value: 'invited', label: 'Invited' },
            { value: 'deactivated', label: 'Deactivated' },
          ]}
          onChange={(next) => onSearch({ state: next })}
        />
      </ListToolbar>
      <DataTable<Person>
        label="Users"
        columns={columns((person) => setOpenId(person.id))}
        list={list}
        idOf={(person) => person.id}
        onPage={(next) => onSearch({ page: next })}
        empty={
          search === undefined && state === undefined ? (
            <EmptyState>People of the workspace appear here.</EmptyState>
          ) : (
            <NothingFound what="user" onClear={() => onSearch({ search: undefined, state: undefined })} />
          )
        }
      />
      {isAdding && <AddUserDrawer onClose={() => setIsAdding(false)} />}
      {open && <PersonDrawer key={open.id} person={open} onClose={() => setOpenId(null)} />}
    </>
  );
}
