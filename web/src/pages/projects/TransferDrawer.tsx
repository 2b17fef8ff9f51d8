import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { readPage, useSend } from '../../api/queries.ts';
import { plural } from '../../lib/plural.ts';
import { Button } from '../../ui/Button.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { Drawer } from '../../ui/Dialog.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { EnvironmentFilter } from '../../ui/EnvironmentFilter.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { Filter, ListToolbar } from '../../ui/ListToolbar.tsx';
import { notify } from '../../ui/notices.ts';
import { type Database, transferColumns } from '../databases/database-columns.tsx';
import css from './Projects.module.css';

/** Transfer in DB: filter, select many, from the unassigned or from another project that one owns. */
export function TransferDrawer({ projectId, onClose }: { projectId: string; onClose: () => void }) {
  const [search, setSearch] = useState<string>();
  const [environment, setEnvironment] = useState<string>();
  const [from, setFrom] = useState<'true' | 'false'>();
  const [page, setPage] = useState(1);
  const [chosen, setChosen] = useState<ReadonlyMap<string, Database>>(new Map());
  const [settled] = useDebouncedValue(search, 100);
  const query = { transferableTo: projectId, search: settled, environmentId: environment, unassigned: from, page };
  const list = useQuery(readPage('GET /databases', { query: { ...query, pageSize: 30 } }));
  const transfer = useSend('POST /projects/:projectId/transfer', {
    onSuccess: ({ transferred }) => {
      notify(`${plural(transferred, 'database')} transferred in.`);
      onClose();
    },
  });
  const toggle = (databases: readonly Database[], isChosen: boolean) => {
    const next = new Map(chosen);
    for (const database of databases) isChosen ? next.set(database.id, database) : next.delete(database.id);
    setChosen(next);
  };
  const filtered =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      set(value);
      setPage(1);
    };
  const moving = [...chosen.values()].filter((database) => database.project !== null);
  return (
    <Drawer title="Transfer in DB" isOpen onClose={onClose} width={760}>
      <ListToolbar label="Search databases" search={search} onSearch={filtered(setSearch)}>
        <EnvironmentFilter value={environment} onChange={filtered(setEnvironment)} />
        <Filter
          label="From"
          any="From anywhere"
          value={from}
          choices={[
            { value: 'true', label: 'Unassigned' },
            { value: 'false', label: 'Other projects of mine' },
          ]}
          onChange={filtered(setFrom)}
        />
      </ListToolbar>
      <DataTable<Database>
        label="Databases that can be transferred in"
        columns={[tickColumn(chosen, toggle), ...transferColumns.map(withoutLink)]}
        list={list}
        idOf={(database) => database.id}
        onPage={setPage}
        empty={
          <EmptyState>
            No database is left to transfer: unassigned ones, or ones of another project of yours.
          </EmptyState>
        }
      />
      <div className={css.footer}>
        {moving.length > 0 && (
          <p>
            {plural(moving.length, 'database leaves', 'databases leave')} another project; access that it gave ends at
            once, running statements included.
          </p>
        )}
        <ErrorNotice error={transfer.error} />
        <div className={css.row}>
          <Button
            look="primary"
            disabled={chosen.size === 0}
            isBusy={transfer.isPending}
            onClick={() => transfer.mutate({ params: { projectId }, body: { databaseIds: [...chosen.keys()] } })}
          >
            Transfer {chosen.size === 0 ? '' : plural(chosen.size, 'database')}
          </Button>
          <Button look="quiet" onClick={() => toggle(list.data?.items ?? [], true)}>
            Choose all shown
          </Button>
        </div>
      </div>
    </Drawer>
  );
}

function tickColumn(
  chosen: ReadonlyMap<string, Database>,
  toggle: (databases: readonly Database[], isChosen: boolean) => void,
): Column<Database> {
  return {
    key: 'tick',
    head: 'Choose',
    isTight: true,
    draw: (database) => (
      <label className={css.check}>
        <span className="visually-hidden">{database.name}</span>
        <input
          type="checkbox"
          checked={chosen.has(database.id)}
          onChange={(event) => toggle([database], event.target.checked)}
        />
      </label>
    ),
  };
}

/** Inside the drawer a name is a name, not a way out of it. */
function withoutLink(column: Column<Database>): Column<Database> {
  if (column.key !== 'name') return column;
  return { ...column, draw: (database) => <span className="mono">{database.name}</span> };
}
