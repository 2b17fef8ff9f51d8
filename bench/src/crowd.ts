import { createHash, randomBytes } from 'node:crypto';
import { ApiClient, startPostgres, type TestServer } from '@tidegate/test-servers';
import type pg from 'pg';
import { connect, type Stage, stage } from './stage.ts';

export interface Somebody {
  readonly id: string;
  readonly client: ApiClient;
}

/** A stage with its metadata store in sight, where many people can be made at once. */
export interface CrowdStage {
  readonly place: Stage;
  readonly store: pg.Client;
  readonly pgUrl: string;
  readonly secretKey: string;
  /** Signed-in project developers; written to the store, because hashing so many passwords is not what is measured. */
  addPeople(count: number): Promise<Somebody[]>;
  /** A membership for each, on the tables a, b and c. */
  grantTables(people: readonly Somebody[], endsAt: Date): Promise<void>;
  stop(): Promise<void>;
}

const tables = 'create table a (id int, at timestamptz); create table b (id int); create table c (id int)';
const settings = { max_connections: 800, track_commit_timestamp: 'on' };

export async function crowdStage(): Promise<CrowdStage> {
  const storeServer: TestServer = await startPostgres({ major: 15, durable: true });
  const { user, password } = storeServer.superuser;
  const pgUrl = `postgresql://${user}:${password}@${storeServer.host}:${storeServer.port}/postgres`;
  const secretKey = randomBytes(32).toString('base64');
  const place = await stage(tables, { settings, env: { PG_URL: pgUrl, TIDEGATE_SECRET_KEY: secretKey } });
  const store = await connect(storeServer, 'postgres');
  return {
    ...{ place, store, pgUrl, secretKey },
    addPeople: (count) => addPeople(place, store, count),
    grantTables: (people, endsAt) => grantTables(place, people, endsAt),
    stop: async () => {
      await store.end();
      await place.stop();
      await storeServer.stop();
    },
  };
}

async function addPeople(place: Stage, store: pg.Client, count: number): Promise<Somebody[]> {
  const tokens = Array.from({ length: count }, () => randomBytes(32).toString('base64url'));
  const hashes = tokens.map((token) => createHash('sha256').update(token).digest('hex'));
  const { rows } = await store.query<{ hash: string; id: string }>(
    `with added as (
       insert into tidegate.person (name, email)
       select 'Somebody', left(hash, 20) || '@bench.example' from unnest($1::text[]) hash returning id, email),
     role as (insert into tidegate.workspace_role (role, person_id) select 'project_developer', id from added),
     signed_in as (
       insert into tidegate.sign_in (id_hash, person_id, expires_at, address)
       select hash, added.id, now() + interval '1 day', '127.0.0.1'
       from unnest($1::text[]) hash join added on added.email = left(hash, 20) || '@bench.example'
       returning id_hash, person_id)
     select id_hash as hash, person_id as id from signed_in`,
    [hashes],
  );
  const ids = new Map(rows.map((row) => [row.hash, row.id]));
  return tokens.map((token, index) => ({
    id: ids.get(hashes[index] ?? '') ?? '',
    client: new ApiClient(place.tidegate.url, { tidegate_sign_in: token }),
  }));
}

async function grantTables(place: Stage, people: readonly Somebody[], endsAt: Date): Promise<void> {
  const items = ['a', 'b', 'c'].map((table) => ({ databaseId: place.databaseId, schema: 'public', table }));
  for (let index = 0; index < people.length; index += 100) {
    await place.admin.call('POST /projects/:projectId/members', {
      params: { projectId: place.projectId },
      body: {
        principals: people.slice(index, index + 100).map(({ id }) => ({ kind: 'person' as const, id })),
        role: 'sql_editor_user',
        scope: { kind: 'items', items },
        expiry: { kind: 'at', at: endsAt.toISOString() },
      },
    });
  }
}

/** Some at a time, in order. */
export async function forEachOf<T>(items: readonly T[], width: number, work: (item: T) => Promise<unknown>) {
  const waiting = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of waiting) await work(item);
    }),
  );
}
