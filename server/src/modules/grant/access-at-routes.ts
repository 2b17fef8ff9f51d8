import { type Role, type RouteAnswer, type Routes, roles } from '@tidegate/contract';
import { notFound } from '../../platform/errors/app-error.ts';
import type { HandlersOf } from '../../platform/http/route.ts';
import type { Db } from '../../platform/store/tx.ts';
import {
  type PersonThen,
  type PlaceThen,
  type RowThen,
  readAccessAt,
  readByRoleThen,
  readHistoryBegin,
  readPlaceThen,
} from './access-at-read-model.ts';
import { joinWords, privilegeWords } from './scope-words.ts';

type Answer = RouteAnswer<Routes['GET /audit/access-at']>;

/** Who could read or write a table at an instant, by which row, approved by whom. */
export function accessAtHandlers(db: Db): HandlersOf<'GET /audit/access-at'> {
  return {
    'GET /audit/access-at': async ({ query }, context) => {
      context.authorize('audit.list', 'workspace');
      const { page, pageSize } = query;
      const place = await readPlaceThen(db, query);
      if (place === null) throw notFound('database');
      const historySince = await readHistoryBegin(db);
      const isReachable = place.closedBecause === null;
      const paging = { limit: pageSize, offset: (page - 1) * pageSize };
      const found = isReachable ? await readAccessAt(db, query, paging) : { people: [], total: 0 };
      const byRole = isReachable ? await readByRoleThen(db, query) : [];
      return {
        items: found.people.map((person) => presentPerson(person, query.table, place)),
        total: found.total,
        page,
        pageSize,
        place,
        historySince,
        isBeforeHistory: Date.parse(query.at) < Date.parse(historySince),
        byRole: byRole.map(({ id, name, email, role }) => ({ person: { id, name, email }, role: roleLabel(role) })),
      };
    },
  };
}

function presentPerson(
  { id, name, email, rows }: PersonThen,
  table: string,
  place: PlaceThen,
): Answer['items'][number] {
  const privileges = [...new Set(rows.flatMap((row) => row.privileges))].filter((privilege) => privilege !== 'export');
  const ways = joinWords([...new Set(rows.map((row) => wayOf(row)))], 'grants');
  return {
    person: { id, name, email },
    privileges,
    sentence: `${name} could ${privilegeWords(privileges)} ${table} in ${place.databaseName}: ${ways}.`,
    rows: rows.map((row) => ({
      ...row,
      privileges: [...row.privileges],
      approvedBy: [...row.approvedBy],
      way: wayOf(row),
    })),
  };
}

/** `by request #7, approved by Ada`, `as SQL Editor User of all databases of the project, given by Ada, in Divers` */
function wayOf(row: RowThen): string {
  const within = row.group === null ? '' : `, as one of ${row.group}`;
  return `${originOf(row)}${reachWords[row.reach]}${within}`;
}

const reachWords: Readonly<Record<RowThen['reach'], string>> = {
  project: ', on all databases of the project',
  database: ', on the whole database',
  schema: ', on the whole schema',
  table: '',
};

function originOf({ source, role, requestNumber, approvedBy, grantedBy }: RowThen): string {
  const given = grantedBy === null ? '' : `, given by ${grantedBy}`;
  if (source === 'request') {
    const by = approvedBy.length === 0 ? given : `, approved by ${joinWords(approvedBy, 'people')}`;
    return `by request #${requestNumber ?? '?'}${by}`;
  }
  if (source === 'role') return `by the role ${roleLabel(role)}, in a session opened then`;
  if (source === 'emergency') return 'by emergency access';
  return `as ${roleLabel(role)}${given}`;
}

function roleLabel(role: string | null): string {
  return role !== null && Object.hasOwn(roles, role) ? roles[role as Role].label : (role ?? 'a role');
}
