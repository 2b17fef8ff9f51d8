import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import type { ItemOf } from '../../api/client.ts';
import { read, readPage, useSend } from '../../api/queries.ts';
import { plural } from '../../lib/plural.ts';
import { Button } from '../../ui/Button.tsx';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ListToolbar } from '../../ui/ListToolbar.tsx';
import { NothingFound } from '../../ui/NothingFound.tsx';
import { notify } from '../../ui/notices.ts';
import { Section } from '../../ui/Page.tsx';
import { TideLine } from '../../ui/TideLine.tsx';
import css from './Databases.module.css';

type Reader = ItemOf<'GET /databases/:databaseId/access'>;

const columns: readonly Column<Reader>[] = [
  {
    key: 'who',
    head: 'Who',
    draw: ({ person, groupName }) => (
      <>
        {person.name}
        {groupName && <span className={css.key}> by {groupName}</span>}
      </>
    ),
  },
  {
    key: 'what',
    head: 'Can',
    draw: ({ grantId, privileges, sentence }) => (
      <Link to="/grants/$grantId" params={{ grantId }}>
        {privileges.join(' and ')} {sentence}
      </Link>
    ),
  },
  { key: 'source', head: 'Comes from', isTight: true, draw: ({ source }) => source },
  {
    key: 'open',
    head: 'Open',
    isTight: true,
    draw: ({ openSessions }) => (openSessions === 0 ? '' : plural(openSessions, 'session')),
  },
  {
    key: 'left',
    head: 'What is left',
    isTight: true,
    draw: ({ startsAt, expiresAt, state }) => <TideLine {...{ startsAt, expiresAt, state }} />,
  },
];

/** Who can use the database now, by which grant, and the way to end all of it. */
export function DatabaseReaders({ databaseId, name }: { databaseId: string; name: string }) {
  const [search, setSearch] = useState<string | undefined>(undefined);
  const [page, setPage] = useState<number | undefined>(undefined);
  const [isAsking, setIsAsking] = useState(false);
  const list = useQuery(
    readPage('GET /databases/:databaseId/access', { params: { databaseId }, query: { search, page, pageSize: 20 } }),
  );
  const total = list.data?.total ?? 0;
  return (
    <Section
      title="Who can use it now"
      actions={
        may(list.data, 'revokeAll') &&
        total > 0 && (
          <Button isSmall look="danger" onClick={() => setIsAsking(true)}>
            Revoke all on this database
          </Button>
        )
      }
    >
      {(search !== undefined || total > 10) && (
        <ListToolbar
          label="Search people"
          search={search}
          onSearch={(next) => {
            setSearch(next);
            setPage(undefined);
          }}
        />
      )}
      <DataTable<Reader>
        label="Who can use it now"
        columns={columns}
        list={list}
        idOf={(reader) => `${reader.grantId} ${reader.person.id}`}
        onPage={setPage}
        empty={
          search === undefined ? (
            <EmptyState>
              No grant is open. Who is granted access appears here, with what is left of it; who may read by role
              appears while he does.
            </EmptyState>
          ) : (
            <NothingFound what="person" onClear={() => setSearch(undefined)} />
          )
        }
      />
      {isAsking && <RevokeOnDatabase {...{ databaseId, name }} onClose={() => setIsAsking(false)} />}
    </Section>
  );
}

function RevokeOnDatabase({ databaseId, name, onClose }: { databaseId: string; name: string; onClose: () => void }) {
  const params = { databaseId };
  const effect = useQuery({ ...read('GET /databases/:databaseId/access/effect', { params }), staleTime: 0 });
  const revoke = useSend('POST /databases/:databaseId/access/revoke', {
    onSuccess: ({ grants }) => {
      notify(`${plural(grants, 'grant')} on ${name} ${grants === 1 ? 'is' : 'are'} ending now.`);
      onClose();
    },
  });
  return (
    <ConfirmEffect
      title={`Revoke all access on ${name}`}
      effect={effect.data?.sentence}
      effectProblem={effect.error}
      verb="Revoke all now"
      isDestructive
      noteLabel="Note for the record"
      isBusy={revoke.isPending}
      problem={revoke.error}
      onConfirm={(note) => revoke.mutate({ params, body: { note } })}
      onClose={onClose}
    />
  );
}
