import { createServer, type Server, type Socket } from 'node:net';
import { freePort, startMariaDb, startPostgres, type TestServer } from '@tidegate/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestInventory, type TestInventory } from './inventory-test-kit.ts';

let postgres: TestServer;
let mariadb: TestServer;
let kit: TestInventory;
let admin: string;
let environmentId: string;

beforeAll(async () => {
  [postgres, mariadb, kit] = await Promise.all([
    startPostgres({ major: 15 }),
    startMariaDb(),
    openTestInventory({ connectTimeoutMs: 1_500 }),
  ]);
  admin = await kit.person('Ada', ['workspace_admin']);
  const { body } = await kit.call(admin, 'GET /environments');
  environmentId = body.items[0].id;
}, 120_000);

afterAll(async () => {
  await kit.close();
  await Promise.all([postgres.stop(), mariadb.stop()]);
});

function connectionTo(server: TestServer) {
  return {
    engine: server.kind === 'postgres' ? 'postgresql' : 'mariadb',
    host: server.host,
    port: server.port,
    user: server.superuser.user,
    password: server.superuser.password,
    tlsMode: 'prefer',
  };
}

async function register(server: TestServer, title: string) {
  return await kit.call(admin, 'POST /instances', { body: { ...connectionTo(server), title, environmentId } });
}

/** A server that does something else than speak the protocol. */
async function listening(behave: (socket: Socket) => void): Promise<Server & { port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    behave(socket);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  return Object.assign(server, { port: typeof address === 'object' && address !== null ? address.port : 0 });
}

describe.each([['postgres'], ['mariadb']] as const)('a %s server that cannot be used', (kind) => {
  const server = () => (kind === 'postgres' ? postgres : mariadb);
  const attempt = (change: object) =>
    kit.call(admin, 'POST /instances/test', { body: { ...connectionTo(server()), ...change } });

  it('refuses connections: nothing listens there', async () => {
    const { status, body } = await attempt({ port: await freePort() });
    expect(status).toBe(200);
    expect(body).toMatchObject({ ok: false, kind: 'refused' });
    expect(body.message.length).toBeGreaterThan(10);
  });

  it('is not told the right password', async () => {
    const { body } = await attempt({ password: 'not this one' });
    expect(body).toMatchObject({ ok: false, kind: 'auth_failed' });
    expect(JSON.stringify(body)).not.toContain('not this one');
  });

  it('has a name that does not exist', async () => {
    expect((await attempt({ host: 'no-such-host.invalid' })).body).toMatchObject({ ok: false, kind: 'host_unknown' });
  });

  it('speaks another protocol', async () => {
    const web = await listening((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect((await attempt({ port: web.port })).body).toMatchObject({ ok: false, kind: 'wrong_protocol' });
    web.close();
  });

  it('accepts and then says nothing', async () => {
    const sockets: Socket[] = [];
    const silent = await listening((socket) => void sockets.push(socket));
    expect((await attempt({ port: silent.port })).body).toMatchObject({ ok: false, kind: 'timeout' });
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it('is not saved, and the refusal says what is wrong', async () => {
    const body = { ...connectionTo(server()), password: 'wrong', title: `refused ${kind}`, environmentId };
    const answer = await kit.call(admin, 'POST /instances', { body });
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ code: 'instance.connection_failed', details: { kind: 'auth_failed' } });
    const list = await kit.call(admin, 'GET /instances', { query: { search: 'refused' } });
    expect(list.body.total).toBe(0);
  });
});

describe('hosts that are never dialled', () => {
  it('refuses a metadata address, in a test and when saving', async () => {
    const body = { ...connectionTo(postgres), host: '169.254.169.254' };
    expect((await kit.call(admin, 'POST /instances/test', { body })).body.code).toBe('instance.host_refused');
    const saving = await kit.call(admin, 'POST /instances', { body: { ...body, title: 'cloud', environmentId } });
    expect(saving.body.code).toBe('instance.host_refused');
  });
});

describe('registering', () => {
  it('saves a PostgreSQL server, reads it and checks what its user can do before it answers', async () => {
    const { status, body } = await register(postgres, 'People server');
    expect(status).toBe(201);
    expect(body).toMatchObject({ title: 'People server', engine: 'postgresql', sync: { state: 'ok' }, databases: 0 });
    expect(body.capability.state).not.toBe('unknown');
    expect(JSON.stringify(body)).not.toContain(postgres.superuser.password);
    const kinds = await kit.auditKinds();
    expect(kinds).toEqual(
      expect.arrayContaining(['instance.created', 'instance.synced', 'instance.capability_checked']),
    );
  });

  it('seals the password for this instance alone', async () => {
    const row = await kit.store.db.selectFrom('instance').selectAll().executeTakeFirstOrThrow();
    expect(row.password_sealed).not.toContain(postgres.superuser.password);
    expect(row.short_id).toMatch(/^[a-z0-9]{4}$/);
  });

  it('refuses the same server under another title and host', async () => {
    const body = { ...connectionTo(postgres), host: 'localhost', title: 'Again', environmentId };
    const answer = await kit.call(admin, 'POST /instances', { body });
    expect(answer.body).toMatchObject({ code: 'instance.same_server', details: { title: 'People server' } });
  });

  it('refuses a title that is taken, in any case', async () => {
    expect((await register(mariadb, 'people SERVER')).body.code).toBe('instance.title_taken');
  });

  it('by two people at once registers the server once', async () => {
    const other = await startPostgres({ major: 18 });
    const answers = await Promise.all([register(other, 'One'), register(other, 'Two')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('instance.same_server');
    await other.stop();
  });

  it('knows MariaDB although MySQL was chosen, and never lists the databases of the server itself', async () => {
    const body = { ...connectionTo(mariadb), engine: 'mysql', title: 'Maria', environmentId };
    const answer = await kit.call(admin, 'POST /instances', { body });
    expect(answer.body).toMatchObject({ engine: 'mariadb', sync: { state: 'ok' }, databases: 0 });
  });

  it('refuses the same MariaDB under another title and host', async () => {
    const body = { ...connectionTo(mariadb), host: 'localhost', title: 'Maria again', environmentId };
    const answer = await kit.call(admin, 'POST /instances', { body });
    expect(answer.body).toMatchObject({ code: 'instance.same_server', details: { title: 'Maria' } });
  });

  it('takes two MariaDB servers for two', async () => {
    const other = await startMariaDb();
    expect((await register(other, 'Another Maria')).status).toBe(201);
    await other.stop();
  });

  it('refuses an environment that does not exist', async () => {
    const body = { ...connectionTo(postgres), title: 'Lost', environmentId: admin };
    expect((await kit.call(admin, 'POST /instances', { body })).body.code).toBe('object.not_found');
  });

  it('is refused to a member, who does not see instances at all', async () => {
    const member = await kit.person('Bo', []);
    const body = { ...connectionTo(mariadb), title: 'Mine', environmentId };
    expect((await kit.call(member, 'POST /instances', { body })).body.code).toBe('auth.forbidden');
    expect((await kit.call(member, 'GET /instances')).body.code).toBe('auth.forbidden');
  });
});

describe('changing', () => {
  const people = async () => (await kit.call(admin, 'GET /instances', { query: { search: 'People' } })).body.items[0];

  it('tries a changed connection before it is saved', async () => {
    const { id } = await people();
    const answer = await kit.call(admin, `PATCH /instances/${id}`, { body: { password: 'wrong' } });
    expect(answer.body).toMatchObject({ code: 'instance.connection_failed', details: { kind: 'auth_failed' } });
    expect((await kit.call(admin, `POST /instances/${id}/sync`)).body.sync.state).toBe('ok');
  });

  it('sends the kept password to no other place', async () => {
    const { id } = await people();
    const heard: Buffer[] = [];
    const thief = await listening((socket) => socket.on('data', (data) => heard.push(data)));
    const moved = { host: '127.0.0.1', port: thief.port };
    expect((await kit.call(admin, `PATCH /instances/${id}`, { body: moved })).body.code).toBe('request.invalid');
    const { password: _, ...connection } = connectionTo(postgres);
    const test = { ...connection, ...moved, instanceId: id };
    expect((await kit.call(admin, 'POST /instances/test', { body: test })).body.code).toBe('request.invalid');
    expect(heard).toEqual([]);
    thief.close();
  });

  it('tests with the kept password where it belongs', async () => {
    const { id } = await people();
    const { password: _, ...connection } = connectionTo(postgres);
    const answer = await kit.call(admin, 'POST /instances/test', { body: { ...connection, instanceId: id } });
    expect(answer.body).toMatchObject({ ok: true, engine: 'postgresql', isTls: false });
  });

  it('ends reading by role when the environment forbids it', async () => {
    const { id } = await people();
    const strict = { name: 'Strict', color: 'amber', allowsReadByRole: false };
    const environment = (await kit.call(admin, 'POST /environments', { body: strict })).body;
    kit.guardCalls.length = 0;
    const answer = await kit.call(admin, `PATCH /instances/${id}`, { body: { environmentId: environment.id } });
    expect(answer.body.environment.name).toBe('Strict');
    expect(kit.guardCalls).toEqual([
      { locked: [admin], kind: null },
      { locked: [admin], kind: 'role_lost' },
    ]);
  });
});

describe('unregistering', () => {
  it('is refused while a closure is open, then leaves the row for the record and frees title and server', async () => {
    const { items } = (await kit.call(admin, 'GET /instances', { query: { search: 'People' } })).body;
    kit.closing = 'closing';
    const refused = await kit.call(admin, `DELETE /instances/${items[0].id}`);
    expect(refused.body.code).toBe('instance.in_use');
    const during = (await kit.call(admin, `GET /instances/${items[0].id}`)).body;
    expect(during.abilities).toEqual({ edit: true, sync: false, checkCapability: false, unregister: true });
    expect((await kit.call(admin, `POST /instances/${items[0].id}/sync`)).body.code).toBe('instance.in_use');
    kit.closing = 'closed';
    expect((await kit.call(admin, `DELETE /instances/${items[0].id}`)).body).toEqual({ done: true });
    expect((await kit.call(admin, `GET /instances/${items[0].id}`)).body.code).toBe('object.not_found');
    const { db } = kit.store;
    const row = await db.selectFrom('instance').selectAll().where('id', '=', items[0].id).executeTakeFirstOrThrow();
    expect(row).toMatchObject({ password_sealed: null, title: 'People server' });
    expect((await register(postgres, 'People server')).status).toBe(201);
  });
});
