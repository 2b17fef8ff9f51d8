import { endlessMinutes, weekdays } from '@tidegate/contract/risk-attributes';
import { sql } from 'kysely';
import { notFound } from '../../platform/errors/app-error.ts';
import { kept } from '../../platform/store/kept-plans.ts';
import type { Db } from '../../platform/store/tx.ts';
import { labelsByPattern, readLabelPatterns } from '../inventory/index.ts';
import type { Attributes } from './condition.ts';
import { type DatabaseRow, mostNames, readDatabases } from './reached-databases-sql.ts';
import type { RiskDatabase, RiskInputs, RiskSubject } from './risk.ts';
import { readTimeZone } from './time-zone.ts';

/** Reads what the rules may ask of a request, as the store has it now. */
export async function readInputs(db: Db, subject: RiskSubject): Promise<RiskInputs> {
  // One after the other: in a transaction they share a connection.
  const rows = await readDatabases(db, subject);
  const requester = await readRequester(db, subject);
  const project = await db.selectFrom('project').where('id', '=', subject.projectId).select('name').executeTakeFirst();
  const patterns = await readLabelPatterns(db, subject.projectId);
  const timeZone = await readTimeZone(db);
  const ofRequest: Attributes = {
    ...requester,
    ...sizeOf(rows),
    'project.id': subject.projectId,
    'project.name': project?.name ?? '',
    whole_project: subject.scope.kind === 'project',
    privileges: subject.privileges,
    duration_minutes: subject.minutes ?? endlessMinutes,
    no_end: subject.minutes === null,
    ...localTime(subject.startsAt, timeZone),
    ticket_given: subject.ticket !== null && subject.ticket.trim() !== '',
    ticket: subject.ticket ?? '',
  };
  const databases = rows.map((row) => databaseOf(row, ofRequest, labelsByPattern(patterns, row)));
  return { source: subject.source, databases: databases.length > 0 ? databases : [noDatabase(ofRequest)] };
}

function databaseOf(row: DatabaseRow, ofRequest: Attributes, byPattern: readonly string[]): RiskDatabase {
  const lists = { schemas: row.schemas, tables: row.tables, table_paths: row.paths, columns: row.columns };
  const cut = Object.entries(lists).flatMap(([name, list]) => (list.length > mostNames ? [name] : []));
  // Patterns were compared with what is listed: where that is cut, labels may be missing too.
  if (cut.length > 0) cut.push('labels');
  return {
    databaseId: row.databaseId,
    name: row.name,
    cut,
    attributes: {
      ...ofRequest,
      'environment.id': row.environmentId,
      'environment.name': row.environmentName,
      'environment.protected': row.isProtected,
      'instance.id': row.instanceId,
      'instance.name': row.instanceTitle,
      engine: row.engine,
      'database.id': row.databaseId,
      'database.name': row.name,
      whole_database: row.isWhole,
      labels: [...new Set([...row.labels, ...byPattern])].toSorted(),
      ...Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.slice(0, mostNames)])),
    },
  };
}

/** A project without databases: what comes later is not known, so it counts as protected. */
function noDatabase(ofRequest: Attributes): RiskDatabase {
  const names = ['environment.id', 'environment.name', 'instance.id', 'instance.name', 'engine', 'database.id'];
  return {
    databaseId: null,
    name: 'no database yet',
    cut: [],
    attributes: {
      ...ofRequest,
      ...Object.fromEntries([...names, 'database.name'].map((name) => [name, ''])),
      'environment.protected': true,
      whole_database: true,
      ...{ schemas: [], tables: [], table_paths: [], columns: [], labels: [] },
    },
  };
}

function sizeOf(rows: readonly DatabaseRow[]): Attributes {
  const sum = (of: (row: DatabaseRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  return {
    number_of_databases: rows.length,
    number_of_tables: sum((row) => row.tableCount),
    estimated_rows: Math.min(Number.MAX_SAFE_INTEGER, Math.round(sum((row) => row.rows))),
    largest_table_rows: Math.min(Number.MAX_SAFE_INTEGER, Math.round(Math.max(0, ...rows.map((row) => row.largest)))),
    rows_unknown: rows.some((row) => row.hasUnknownRows),
  };
}

/** The wall clock of the workspace at the instant at which access would begin. */
export function localTime(at: Date, timeZone: string): Attributes {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'long',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const weekday = parts.get('weekday')?.toLowerCase() ?? '';
  if (!weekdays.some((day) => day === weekday)) throw new Error(`No weekday in ${timeZone}.`);
  return { weekday, time_of_day: `${parts.get('hour')}:${parts.get('minute')}` };
}

async function readRequester(db: Db, subject: RiskSubject): Promise<Attributes> {
  const { rows } = await sql<{ name: string; email: string; roles: string[]; groups: string[] }>`${kept}
    with own as (select group_id from tidegate.group_member where person_id = ${subject.requesterId})
    select person.name, person.email,
      array(
        select 'workspace_member' union
        select role from tidegate.workspace_role where person_id = person.id or group_id in (select group_id from own)
        union
        select role from tidegate.project_member
        where project_id = ${subject.projectId} and (person_id = person.id or group_id in (select group_id from own))
          and (expires_at is null or expires_at > tidegate.now())
        order by 1) as roles,
      array(select name from tidegate.person_group where id in (select group_id from own) order by name) as groups
    from tidegate.person where id = ${subject.requesterId}`.execute(db);
  const [row] = rows;
  if (row === undefined) throw notFound('person');
  return {
    'requester.id': subject.requesterId,
    'requester.name': row.name,
    'requester.email': row.email,
    'requester.roles': row.roles,
    'requester.groups': row.groups,
  };
}
