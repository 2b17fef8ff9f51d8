import { ApiClient, type RunningTidegate, startPostgres, startTidegate, type TestServer } from '@tidegate/test-servers';
import pg from 'pg';

/** A Tidegate with one PostgreSQL instance, an admin, and a developer who may read one database for a day. */
export interface Stage {
  readonly tidegate: RunningTidegate;
  readonly server: TestServer;
  readonly admin: ApiClient;
  readonly developer: ApiClient;
  readonly developerId: string;
  readonly projectId: string;
  readonly databaseId: string;
  /** The bare driver on the same database, as the superuser. */
  readonly bare: pg.Client;
  stop(): Promise<void>;
}

const password = 'a long enough password';

interface StageOptions {
  /** Of the instance. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Of Tidegate. */
  readonly env?: Readonly<Record<string, string>>;
}

/** `setUp` is SQL that fills the database before it is synchronised. */
export async function stage(setUp: string, { settings = {}, env = {} }: StageOptions = {}): Promise<Stage> {
  const server = await startPostgres({ major: 18, durable: true, settings });
  const owner = await connect(server, 'postgres');
  await owner.query(`create role tidegate_admin login createrole password 'bench'`);
  await owner.query('create database shop owner tidegate_admin');
  await owner.end();
  const bare = await connect(server, 'shop');
  await bare.query(`set role tidegate_admin; ${setUp}; reset role`);

  const tidegate = await startTidegate({ env });
  const admin = new ApiClient(tidegate.url);
  await admin.call('POST /register', { body: { name: 'Ada', email: 'ada@example.com', password } });
  const environments = await admin.call('GET /environments', {});
  const instance = await admin.call('POST /instances', {
    body: {
      title: 'Bench',
      environmentId: environments.items[0]?.id ?? '',
      engine: 'postgresql',
      host: server.host,
      port: server.port,
      user: 'tidegate_admin',
      password: 'bench',
      tlsMode: 'disable',
    },
  });
  const databases = await admin.call('GET /databases', { query: { instanceId: instance.id, search: 'shop' } });
  const databaseId = databases.items[0]?.id ?? '';
  const project = await admin.call('POST /projects', { body: { name: 'Shop' } });
  await admin.call('POST /projects/:projectId/transfer', {
    params: { projectId: project.id },
    body: { databaseIds: [databaseId] },
  });
  const { developer, developerId } = await addDeveloper(tidegate.url, admin);
  await admin.call('POST /projects/:projectId/members', {
    params: { projectId: project.id },
    body: {
      principals: [{ kind: 'person', id: developerId }],
      role: 'sql_editor_read_only',
      scope: { kind: 'items', items: [{ databaseId }] },
      expiry: { kind: 'after', minutes: 24 * 60 },
    },
  });
  return {
    tidegate,
    server,
    admin,
    developer,
    developerId,
    projectId: project.id,
    databaseId,
    bare,
    stop: async () => {
      await bare.end();
      await tidegate.stop();
      await server.stop();
    },
  };
}

async function addDeveloper(url: string, admin: ApiClient): Promise<{ developer: ApiClient; developerId: string }> {
  const first = 'first password';
  const added = await admin.call('POST /people', {
    body: { name: 'Dev', email: 'dev@bench.example', roles: ['project_developer'], firstPassword: first },
  });
  const developer = new ApiClient(url);
  await developer.call('POST /sign-in', { body: { email: 'dev@bench.example', password: first } });
  await developer.call('POST /me/password', { body: { current: first, next: password } });
  return { developer, developerId: added.person.id };
}

export async function connect(server: TestServer, database: string): Promise<pg.Client> {
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    user: server.superuser.user,
    password: server.superuser.password,
    database,
  });
  await client.connect();
  return client;
}
