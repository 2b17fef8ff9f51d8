import { tmpdir } from 'node:os';
import type pg from 'pg';
import { createMySqlEngine } from '../../server/src/engines/mysql/engine-mysql.ts';
import { postgresEngine } from '../../server/src/engines/postgres/engine-postgres.ts';
import { startAuditLog } from '../../server/src/modules/audit/index.ts';
import { openGrants } from '../../server/src/modules/grant/index.ts';
import { installationId, openInstanceTargets } from '../../server/src/modules/inventory/index.ts';
import { createSealer, parseSecretKeys } from '../../server/src/platform/crypto/index.ts';
import { createLog } from '../../server/src/platform/log/log.ts';
import { openStore } from '../../server/src/platform/store/index.ts';
import type { CrowdStage } from './crowd.ts';
import { openSessions } from './many-grants.ts';
import type { Figure } from './report.ts';

const grantsEach = 10;

/**
 * Everybody has an account and ten grants; then there are as many accounts as there were grants. One look at all of
 * them, which finds nothing to do, and nobody else looks.
 */
export async function sweepMany(crowd: CrowdStage, people: number, kill: () => Promise<void>): Promise<Figure[]> {
  await openSessions(crowd, people, grantsEach);
  const reader = await openReader(crowd);
  await kill();
  const grants = people * grantsEach;
  const figures = await measure(crowd, `${grants} active grants of ${people} accounts`, people);
  await copyReader(crowd, reader, grants - people - 1);
  figures.push(...(await measure(crowd, `${grants} accounts`, grants)));
  return figures;
}

async function measure(crowd: CrowdStage, of: string, accounts: number): Promise<Figure[]> {
  const before = await transactions(crowd.place.bare);
  const beforeInStore = await transactions(crowd.store);
  const used = process.cpuUsage();
  const tookMs = await sweepOnce(crowd);
  const { rows } = await crowd.store.query<{ what: string }>(
    `select kind || ' of ' || account_name || ' at ' || found_at || ': ' || what as what from tidegate.instance_finding`,
  );
  if (rows.length > 0) throw new Error(`Something was not as it should be: ${rows.map(({ what }) => what).join('; ')}`);
  const { user, system } = process.cpuUsage(used);
  const what = `a sweep over ${of}`;
  return [
    { what, value: tookMs / 1000, unit: 's', bar: { most: 60 } },
    { what: `${what}: processor time of Tidegate`, value: (user + system) / 1e6, unit: 's' },
    {
      what: `${what}: queries for each, at the instance`,
      value: ((await transactions(crowd.place.bare)) - before) / accounts,
      unit: '',
    },
    {
      what: `${what}: queries for each, in the store`,
      value: ((await transactions(crowd.store)) - beforeInStore) / accounts,
      unit: '',
    },
  ];
}

/** Each statement is one: nothing here is in a transaction of several. */
async function transactions(server: pg.Client): Promise<number> {
  const { rows } = await server.query<{ count: string }>(
    'select sum(xact_commit + xact_rollback) as count from pg_stat_database',
  );
  return Number(rows[0]?.count);
}

/** Somebody who reads the whole database by one grant, with the account that Tidegate makes for him. */
async function openReader({ place, addPeople }: CrowdStage): Promise<string> {
  const [person] = await addPeople(1);
  if (person === undefined) throw new Error('Nobody was added.');
  await place.admin.call('POST /projects/:projectId/members', {
    params: { projectId: place.projectId },
    body: {
      principals: [{ kind: 'person', id: person.id }],
      role: 'sql_editor_read_only',
      scope: { kind: 'items', items: [{ databaseId: place.databaseId }] },
      expiry: { kind: 'after', minutes: 600 },
    },
  });
  await person.client.call('POST /sessions', { body: { databaseId: place.databaseId } });
  return person.id;
}

/**
 * More people like him, with grants and accounts copied at once: making so many is not what is measured. (They read the
 * whole database. Of accounts that hold one table themselves PostgreSQL takes some 2,000: an access list is a value in
 * one row.)
 */
async function copyReader({ place, store, addPeople }: CrowdStage, reader: string, count: number): Promise<void> {
  const people = (await addPeople(count)).map(({ id }) => id);
  await store.query(
    `with copied as (
       insert into tidegate.access_grant (source, person_id, project_id, role, privileges, starts_at, expires_at)
       select g.source, copy, g.project_id, g.role, g.privileges, g.starts_at, g.expires_at
       from tidegate.access_grant g cross join unnest($2::uuid[]) copy where g.person_id = $1 returning id)
     insert into tidegate.access_grant_item (grant_id, database_id) select id, $3 from copied`,
    [reader, people, place.databaseId],
  );
  const { rows } = await store.query<{ original: string; name: string }>(
    `with original as (select * from tidegate.database_account where person_id = $1)
     insert into tidegate.database_account (person_id, instance_id, name)
     select copy, instance_id, left(name, 13) || 'copy_' || nr
     from original cross join unnest($2::uuid[]) with ordinality as copies(copy, nr)
     returning name, (select name from original) as original`,
    [reader, people],
  );
  const original = rows[0]?.original ?? '';
  const { rows: helpers } = await place.bare.query<{ name: string }>(
    `select rolname as name from pg_auth_members join pg_roles on pg_roles.oid = roleid
     where member = (select oid from pg_roles where rolname = $1)`,
    [original],
  );
  const names = rows.map(({ name }) => `"${name}"`);
  await place.bare.query(
    `begin; set local role tidegate_admin;
     ${names.map((name) => `create role ${name} nologin`).join('; ')};
     grant connect on database shop to ${names.join(', ')};
     ${helpers.map((helper) => `grant "${helper.name}" to ${names.join(', ')}`).join('; ')};
     commit`,
  );
}

async function sweepOnce({ pgUrl, secretKey }: CrowdStage): Promise<number> {
  const log = createLog({ level: 'silent' });
  const store = await openStore({ dataFolder: tmpdir(), pgUrl }, log);
  const sealer = createSealer(parseSecretKeys(secretKey) ?? []);
  const mysql = createMySqlEngine();
  const engines = { postgresql: postgresEngine, mysql, mariadb: mysql };
  const targets = openInstanceTargets({ db: store.db, engines, sealer });
  const feed = { publish: async () => undefined, subscribe: () => () => undefined };
  const grants = openGrants(
    {
      ...{ db: store.db, pool: store.pool, log, feed, sealer, targets },
      audit: await startAuditLog(store.db),
      installation: await installationId(store.db),
      listen: () => undefined,
    },
    { endLocal: async () => undefined },
  );
  try {
    const startedAt = performance.now();
    await grants.sweeper.sweep();
    return performance.now() - startedAt;
  } finally {
    await grants.stop();
    await targets.closeAll();
    await store.close();
  }
}
