import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Reply } from '../../api/client.ts';
import { read, readPage } from '../../api/queries.ts';
import { fromLocalField, toLocalField } from '../../lib/expiry.ts';
import { exactWords, instantWords } from '../../lib/time-words.ts';
import { Button } from '../../ui/Button.tsx';
import { DatabasePicker } from '../../ui/DatabasePicker.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { Section } from '../../ui/Page.tsx';
import { Pager } from '../../ui/Pager.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import { useServerTime } from '../../ui/use-server-time.ts';
import css from './Audit.module.css';
import { InstantField } from './InstantField.tsx';
import { TablePicker, tableName } from './TablePicker.tsx';

type AccessAtAnswer = Reply<'GET /audit/access-at'>;
type Row = AccessAtAnswer['items'][number]['rows'][number];

const route = getRouteApi('/in/audit');

/** A table and an instant: who could read or write it, by which grant, approved by whom. */
export function AccessAt() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const now = useServerTime(() => 60_000);
  const set = (patch: Partial<typeof search>) =>
    void navigate({ search: (former) => ({ ...former, page: undefined, ...patch }), replace: true });
  const database = useQuery({
    ...read('GET /databases/:databaseId', { params: { databaseId: search.database ?? '' } }),
    enabled: search.database !== undefined,
  });
  const field = search.at ?? toLocalField(now);
  const at = search.at === undefined ? new Date(now).toISOString() : fromLocalField(search.at);
  return (
    <>
      <div className={css.scope}>
        <DatabasePicker
          label="Database"
          chosen={search.database === undefined ? '' : (database.data?.name ?? 'this database')}
          onChoose={({ id }) => set({ database: id, table: undefined })}
        />
        {search.database !== undefined && (
          <TablePicker
            databaseId={search.database}
            chosen={search.table ?? ''}
            onChoose={(relation) => set({ table: tableName(relation) })}
          />
        )}
        <InstantField label="At" value={field} onChange={(next) => set({ at: next })} />
        {search.at !== undefined && (
          <Button look="quiet" onClick={() => set({ at: undefined })}>
            Now
          </Button>
        )}
      </div>
      {search.database && search.table && at ? (
        <Found
          databaseId={search.database}
          table={search.table}
          at={at}
          page={search.page}
          onPage={(page) => set({ page })}
        />
      ) : (
        <EmptyState>
          Choose a table and an instant: who could read it then, by which grant, and who had approved it.
        </EmptyState>
      )}
    </>
  );
}

interface FoundProps {
  databaseId: string;
  table: string;
  at: string;
  page: number | undefined;
  onPage: (page: number) => void;
}

function Found({ databaseId, table, at, page, onPage }: FoundProps) {
  const [schema, name] = splitName(table);
  // To the minute, so that "now" does not ask anew at each second.
  const instant = `${at.slice(0, 16)}:00.000Z`;
  const query = { databaseId, schema, table: name, at: instant, page };
  const found = useQuery(readPage('GET /audit/access-at', { query }));
  const { data } = found;
  return (
    <>
      <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />
      {found.isPending && <SkeletonBlock lines={5} />}
      {data && <Answer answer={data} table={table} at={instant} />}
      {data && data.total > data.items.length && <Pager answer={data} onPage={onPage} />}
    </>
  );
}

/** The first dot ends the schema: names with dots of their own are rare, and then found by their schema alone. */
function splitName(table: string): [schema: string, name: string] {
  const dot = table.indexOf('.');
  return dot === -1 ? ['', table] : [table.slice(0, dot), table.slice(dot + 1)];
}

const closedWords = {
  vanished: 'The database was not on its server then: nobody could reach it.',
  unregistered: 'The instance was being unregistered then: nobody could reach it.',
  archived: 'The project was archived then: nobody could reach it.',
} as const;

function Answer({ answer, table, at }: { answer: AccessAtAnswer; table: string; at: string }) {
  const { items, total, place, byRole, isBeforeHistory, historySince } = answer;
  const where = `${table} in ${place.databaseName} at ${place.instanceTitle}`;
  const who = total === 0 ? 'Nobody' : total === 1 ? 'One person' : `${total} people`;
  return (
    <>
      <p className={css.lead} role="status">
        {place.closedBecause === null
          ? `${who} could reach ${where} by a grant at ${exactWords(Date.parse(at))}.`
          : closedWords[place.closedBecause]}
      </p>
      {isBeforeHistory && (
        <p className={css.attention}>
          The history of groups, roles and places is complete since {exactWords(Date.parse(historySince))}. Before that,
          what had ended or changed by then is not known.
        </p>
      )}
      <ul className={css.people}>
        {items.map((item) => (
          <li key={item.person.id}>
            <p className={css.said}>{item.sentence}</p>
            <ul className={css.ways}>
              {item.rows.map((row) => (
                <Way key={row.grantId} row={row} />
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {byRole.length > 0 && (
        <Section title="Could have opened it by role">
          <p className={css.soft}>
            {byRole.map(({ person, role }) => `${person.name} (${role})`).join(', ')}. Reading by role makes a grant at
            that moment; without one above, nothing was read.
          </p>
        </Section>
      )}
    </>
  );
}

function Way({ row }: { row: Row }) {
  const now = useServerTime(() => 60_000);
  const starts = instantWords(Date.parse(row.startsAt), now);
  const ends = row.endsAt === null ? 'without an end' : `to ${instantWords(Date.parse(row.endsAt), now)}`;
  return (
    <li>
      <Link to="/grants/$grantId" params={{ grantId: row.grantId }}>
        Grant from {starts} {ends}
      </Link>
      {row.requestId && (
        <>
          {' · '}
          <Link to="/requests/$requestId" params={{ requestId: row.requestId }}>
            request #{row.requestNumber}
          </Link>
        </>
      )}
      <span className={css.way}>{row.way}</span>
    </li>
  );
}
