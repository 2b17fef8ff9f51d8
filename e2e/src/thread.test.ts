import {
  ApiClient,
  ApiRefusal,
  type RunningTidegate,
  type ServerAddress,
  type ServerName,
  startTidegate,
  uniqueName,
  useServer,
} from '@tidegate/test-servers';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** A database server as its superuser sees it, to prove what Tidegate did there. */
interface Witness {
  readonly engine: 'postgresql' | 'mariadb' | 'mysql';
  readonly admin: { readonly user: string; readonly password: string };
  query(database: string, sql: string): Promise<string[][]>;
  /** Names of accounts whose name holds this. */
  accounts(part: string): Promise<string[]>;
  /** Sessions of such accounts. */
  sessions(part: string): Promise<number>;
  readonly slow: string;
  close(): Promise<void>;
}

const password = 'a long enough password';

async function postgresWitness(server: ServerAddress, database: string): Promise<Witness> {
  const connect = async (name: string) => {
    const client = new pg.Client({ host: server.host, port: server.port, ...server.superuser, database: name });
    await client.connect();
    return client;
  };
  const admin = { user: uniqueName('gate_admin'), password: 'secret' };
  const root = await connect('postgres');
  await root.query(`create role ${admin.user} login createrole password '${admin.password}'`);
  await root.query(`create database ${database} owner ${admin.user}`);
  const inside = await connect(database);
  return {
    engine: 'postgresql',
    admin,
    query: async (_, sql) => await inside.query<string[]>({ text: `set role ${admin.user}; ${sql}` }).then(() => []),
    accounts: async (part) =>
      (
        await root.query<{ rolname: string }>('select rolname from pg_roles where strpos(rolname, $1) > 0', [part])
      ).rows.map((row) => row.rolname),
    sessions: async (part) =>
      (await root.query('select from pg_stat_activity where strpos(usename, $1) > 0', [part])).rowCount ?? 0,
    slow: 'update employee set name = name || pg_sleep(30)',
    close: async () => {
      await root.end();
      await inside.end();
    },
  };
}

async function mysqlWitness(server: ServerAddress, database: string): Promise<Witness> {
  const root = await mysql.createConnection({ host: server.host, port: server.port, ...server.superuser });
  const admin = { user: uniqueName('tgadm').slice(0, 30), password: 'secret' };
  await root.query(`create database ${database}`);
  await root.query(`create user '${admin.user}'@'%' identified by '${admin.password}'`);
  await root.query(`grant create user, process on *.* to '${admin.user}'@'%' with grant option`);
  await root.query(`grant all on \`${database}\`.* to '${admin.user}'@'%' with grant option`);
  await root.query(`grant select on mysql.* to '${admin.user}'@'%'`);
  await root.query(`use ${database}`);
  const names = async (sql: string, part: string) => {
    const [rows] = await root.query<mysql.RowDataPacket[]>(sql, [part]);
    return rows.map((row) => String(row['user']));
  };
  return {
    engine: server.kind === 'mariadb' ? 'mariadb' : 'mysql',
    admin,
    query: async (_, sql) => {
      for (const one of sql.split(';').filter((part) => part.trim() !== '')) await root.query(one);
      return [];
    },
    accounts: (part) => names('select user from mysql.user where locate(?, user) > 0', part),
    sessions: async (part) =>
      (await names('select user from information_schema.processlist where locate(?, user) > 0', part)).length,
    slow: 'update employee set name = concat(name, sleep(30))',
    close: () => root.end(),
  };
}

async function rows(client: ApiClient, sessionId: string, text: string): Promise<unknown[][]> {
  const found: unknown[][] = [];
  for await (const line of client.statement(sessionId, text)) {
    if (line.type === 'failed') throw new ApiRefusal(line.problem);
    if (line.type === 'rows') found.push(...line.rows);
  }
  return found;
}

async function refusal(work: Promise<unknown>): Promise<ApiRefusal['problem']> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ApiRefusal) return error.problem;
    throw error;
  }
  throw new Error('It was not refused.');
}

/** Asks the server until it says so; a closure has ten seconds at most. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`It did not happen in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

let tidegate: RunningTidegate;
let admin: ApiClient;
let dev: ApiClient;
let devId: string;

beforeAll(async () => {
  tidegate = await startTidegate({ env: { NODE_ENV: 'test' } });
  admin = new ApiClient(tidegate.url);
  dev = new ApiClient(tidegate.url);
  await admin.call('POST /register', { body: { name: 'Ada', email: 'ada@example.com', password } });
  const added = await admin.call('POST /people', {
    body: { name: 'dev', email: 'dev@example.com', roles: ['project_developer'], firstPassword: password },
  });
  devId = added.person.id;
  await dev.call('POST /sign-in', { body: { email: 'dev@example.com', password } });
  await dev.call('POST /me/password', { body: { current: password, next: `${password}!` } });
});

afterAll(async () => {
  expect(tidegate?.output() ?? '').not.toContain('"level":"error"');
  await tidegate?.stop();
});

describe.each(['postgres18', 'postgres15', 'mariadb', 'mysql'] as const)('the thread on %s', (name: ServerName) => {
  const database = uniqueName('hr');
  let witness: Witness;
  let databaseId: string;
  let projectId: string;
  const tables = ['employee', 'salary', 'title'];
  const item = (table: string) => ({ databaseId, schema: witness.engine === 'postgresql' ? 'public' : '', table });

  const openAsDev = () => dev.call('POST /sessions', { body: { databaseId } });
  const grantAll = async (table: string, role: 'sql_editor_user' | 'sql_editor_read_only' = 'sql_editor_read_only') => {
    const { items } = await admin.call('POST /projects/:projectId/members', {
      params: { projectId },
      body: {
        principals: [{ kind: 'person', id: devId }],
        role,
        scope: { kind: 'items', items: [item(table)] },
        expiry: { kind: 'after', minutes: 60 },
      },
    });
    const [member] = items;
    if (member?.grantId == null) throw new Error('no grant was made');
    return { memberId: member.id, grantId: member.grantId };
  };
  const untilClosed = async (grantId: string) => {
    await until('the grant is closed', async () => {
      const grant = await admin.call('GET /grants/:grantId', { params: { grantId } });
      return grant.state === 'closed';
    });
    return await admin.call('GET /grants/:grantId', { params: { grantId } });
  };
  /** Neither a session nor an account of dev: the administrator's own, by his role, may stay. */
  const nothingLeft = async () => {
    expect(await witness.sessions('_dev_')).toBe(0);
    expect(await witness.accounts('_dev_')).toEqual([]);
  };

  beforeAll(async () => {
    const server = await useServer(name);
    witness = name.startsWith('postgres')
      ? await postgresWitness(server, database)
      : await mysqlWitness(server, database);
    await witness.query(
      database,
      `create table employee (id int primary key, name varchar(100)); insert into employee values (1, 'Ada'), (2, 'Bo');
       create table salary (id int primary key, amount numeric(30,2)); insert into salary values (1, 9007199254740993.10);
       create table title (id int primary key, title varchar(50)); create table department (id int primary key)`,
    );
    const { items: environments } = await admin.call('GET /environments', {});
    const instance = await admin.call('POST /instances', {
      body: {
        title: `Server ${name}`,
        environmentId: environments.find((one) => one.name === 'Prod')?.id ?? '',
        engine: witness.engine,
        host: server.host,
        port: server.port,
        user: witness.admin.user,
        password: witness.admin.password,
        tlsMode: 'disable',
      },
    });
    const found = await admin.call('GET /databases', { query: { instanceId: instance.id, search: database } });
    databaseId = found.items[0]?.id ?? '';
    expect(found.items[0]).toMatchObject({ name: database, tables: 4 });
    const project = await admin.call('POST /projects', { body: { name: `Project ${name}` } });
    projectId = project.id;
    await admin.call('POST /projects/:projectId/transfer', {
      params: { projectId },
      body: { databaseIds: [databaseId] },
    });
  });

  afterAll(async () => {
    await witness?.close();
  });

  it('shows the developer the database and lets him not query it', async () => {
    const seen = await dev.call('GET /editor/databases', { query: { search: database } });
    expect(seen.items[0]).toMatchObject({ myAccess: { read: 'none' }, abilities: { request: true } });
    expect(await refusal(openAsDev())).toMatchObject({ code: 'session.no_access', details: { projectId } });
  });

  it('reads for the administrator by his role, on record', async () => {
    const session = await admin.call('POST /sessions', { body: { databaseId } });
    expect(session.grant?.source).toBe('role');
    expect(await rows(admin, session.id, 'select amount from salary')).toEqual([['9007199254740993.10']]);
    expect(await refusal(rows(admin, session.id, `update salary set amount = 0`))).toMatchObject({
      code: 'statement.access_missing',
    });
    await admin.call('DELETE /sessions/:sessionId', { params: { sessionId: session.id } });
    const events = await admin.call('GET /audit-events', { query: { databaseId, kind: 'statement.started' } });
    expect(events.items[0]?.data).toMatchObject({ text: 'select amount from salary' });
  });

  it('turns a refusal into a request, an approval into access to exactly three tables, and a fourth into an offer', async () => {
    const request = await dev.call('POST /requests', {
      body: {
        projectId,
        scope: { kind: 'items', items: tables.map(item) },
        privileges: ['read'],
        reason: 'incident 12',
        expiry: { kind: 'after', minutes: 60 },
      },
    });
    expect(request.flow.approvers.map((one) => one.name)).toContain('Ada');
    const own = dev.call('POST /requests/:requestId/decision', {
      params: { requestId: request.id },
      body: { decision: 'approve', contentHash: request.contentHash },
    });
    expect((await refusal(own)).code).toMatch(/auth.forbidden|object.not_found|access_request.own_decision/);
    const stale = admin.call('POST /requests/:requestId/decision', {
      params: { requestId: request.id },
      body: { decision: 'approve', contentHash: 'something else' },
    });
    expect(await refusal(stale)).toMatchObject({ code: 'access_request.changed' });
    const decided = await admin.call('POST /requests/:requestId/decision', {
      params: { requestId: request.id },
      body: { decision: 'approve', contentHash: request.contentHash, comment: 'go' },
    });
    expect(decided).toMatchObject({ state: 'approved', grantState: 'active' });

    const session = await openAsDev();
    expect(await rows(dev, session.id, 'select e.name, s.amount from employee e join salary s on s.id = e.id')).toEqual(
      [['Ada', '9007199254740993.10']],
    );
    const fourth = await refusal(rows(dev, session.id, 'select * from department'));
    expect(fourth).toMatchObject({
      code: 'statement.access_missing',
      details: { refusedBy: 'ledger', canRequest: true, items: [item('department')] },
    });
    // The account is the wall, whatever the analysis thinks: text it cannot be sure of reaches the server.
    const hidden =
      witness.engine === 'postgresql'
        ? "select query_to_xml('select * from department', true, false, '')"
        : '/*!50000 select * from department */';
    expect(await refusal(rows(dev, session.id, hidden))).toMatchObject({ code: 'statement.access_missing' });

    const grantId = decided.grantId ?? '';
    await dev.call('POST /grants/:grantId/give-back', { params: { grantId } });
    const closed = await untilClosed(grantId);
    expect(closed).toMatchObject({ end: { kind: 'given_back' }, use: { statements: 2 } });
    expect(closed.closure.map((step) => step.step)).toEqual(['block', 'end', 'drop', 'check']);
    expect(await refusal(rows(dev, session.id, 'select 1'))).toMatchObject({ code: 'session.ended' });
    await nothingLeft();
  });

  it('ends a long UPDATE at the server when the membership is revoked, and undoes it', async () => {
    const { memberId, grantId } = await grantAll('employee', 'sql_editor_user');
    const session = await openAsDev();
    const running = refusal(rows(dev, session.id, witness.slow));
    await until('the update runs', async () => {
      const grant = await admin.call('GET /grants/:grantId', { params: { grantId } });
      return grant.runningStatements === 1;
    });
    const effect = await admin.call('GET /projects/:projectId/members/:memberId/effect', {
      params: { projectId, memberId },
    });
    expect(effect.sentence).toContain('1 running statement');
    await admin.call('DELETE /projects/:projectId/members/:memberId', { params: { projectId, memberId } });
    expect((await running).detail).toContain('revoked by Ada');
    const closed = await untilClosed(grantId);
    expect(closed.closure.find((step) => step.step === 'end')?.summary).toContain('update employee');
    await nothingLeft();
  });

  it('ends an idle transaction with an open cursor when the grant expires, at its instant', async () => {
    const endsAt = new Date(Date.now() + 2_000);
    const { items } = await admin.call('POST /projects/:projectId/members', {
      params: { projectId },
      body: {
        principals: [{ kind: 'person', id: devId }],
        role: 'sql_editor_read_only',
        scope: { kind: 'items', items: [item('employee')] },
        expiry: { kind: 'at', at: endsAt.toISOString() },
      },
    });
    const session = await openAsDev();
    await rows(dev, session.id, 'begin');
    await rows(
      dev,
      session.id,
      witness.engine === 'postgresql' ? 'declare c cursor for select * from employee' : 'select * from employee',
    );
    const closed = await untilClosed(items[0]?.grantId ?? '');
    expect(closed.end?.kind).toBe('expired');
    const late = new Date(closed.end?.endedAt ?? 0).getTime() - endsAt.getTime();
    expect(late).toBeGreaterThanOrEqual(0);
    const after = await refusal(
      rows(dev, session.id, witness.engine === 'postgresql' ? 'fetch all from c' : 'select 1'),
    );
    expect(after).toMatchObject({ code: 'session.ended' });
    expect(after.detail).toContain('expired');
    await nothingLeft();
  });

  it('shuts the developer out of everything when he is deactivated, and keeps the chain whole', async () => {
    const { grantId } = await grantAll('salary');
    await openAsDev();
    await admin.call('POST /people/:personId/deactivate', { params: { personId: devId } });
    expect((await untilClosed(grantId)).end?.kind).toBe('person_deactivated');
    await nothingLeft();
    expect(await admin.call('POST /audit-events/verify', {})).toMatchObject({ isIntact: true, firstBroken: null });
    await admin.call('POST /people/:personId/activate', { params: { personId: devId } });
    await dev.call('POST /sign-in', { body: { email: 'dev@example.com', password: `${password}!` } });
  });
});
