import { startMariaDb, startPostgres, type TestServer } from '@tidegate/test-servers';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestInventory, type TestInventory } from './inventory-test-kit.ts';

let postgres: TestServer;
let mariadb: TestServer;
let kit: TestInventory;
let admin: string;

beforeAll(async () => {
  [postgres, mariadb, kit] = await Promise.all([startPostgres({ major: 18 }), startMariaDb(), openTestInventory()]);
  admin = await kit.person('Ada', ['workspace_admin']);
}, 120_000);

afterAll(async () => {
  await kit.close();
  await Promise.all([postgres.stop(), mariadb.stop()]);
});

beforeEach(() => {
  kit.relationChanges.length = 0;
  kit.guardCalls.length = 0;
});

async function atPostgres(database: string, ...statements: string[]): Promise<void> {
  const client = new Client({ host: postgres.host, port: postgres.port, ...postgres.superuser, database });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

async function atMariaDb(...statements: string[]): Promise<void> {
  const connection = await createConnection({ host: mariadb.host, port: mariadb.port, ...mariadb.superuser });
  for (const statement of statements) await connection.query(statement);
  await connection.end();
}

async function register(server: TestServer, engine: string): Promise<string> {
  const environments = await kit.call(admin, 'GET /environments');
  const { user, password } = server.superuser;
  const connection = { engine, host: server.host, port: server.port, user, password };
  const body = { ...connection, title: engine, environmentId: environments.body.items[0].id };
  return (await kit.call(admin, 'POST /instances', { body })).body.id;
}

async function databases(instanceId: string) {
  return (await kit.call(admin, 'GET /databases', { query: { instanceId } })).body.items;
}

async function relations(databaseId: string, query: Record<string, string> = {}) {
  return (await kit.call(admin, `GET /databases/${databaseId}/relations`, { query })).body;
}

const quoted = (name: string) => new Client().escapeIdentifier(name);
const oddName = `odd "name"';-- %`;
const hostileNames = [
  'a"b',
  "it's",
  'semi;colon',
  'back`tick',
  '100%_sure',
  'Mixed Case',
  'emoji 🌊',
  'right\u202eleft',
  'dot.ted',
  'back\\slash',
  'n'.repeat(63),
];

describe('a PostgreSQL server', () => {
  let instanceId: string;

  beforeAll(async () => {
    await atPostgres('postgres', 'create database shop', `create database ${quoted(oddName)}`);
    await atPostgres(
      'shop',
      'create schema sales',
      'create table sales.customer (id bigint primary key, name varchar(40) not null default $$anonymous$$)',
      'create table sales.invoice (id int primary key, customer_id bigint not null references sales.customer, total numeric(10,2))',
      'create unique index invoice_once on sales.invoice (customer_id, total)',
      'create view sales.late as select * from sales.invoice',
      'create function sales.double(i int) returns int language sql as $$select i * 2$$',
      ...hostileNames.map((name) => `create table public.${quoted(name)} (id int)`),
    );
    instanceId = await register(postgres, 'postgresql');
  });

  it('is read whole: databases, tables, columns, keys, indexes, views and routines', async () => {
    const found = await databases(instanceId);
    expect(found.map(({ name }: { name: string }) => name)).toEqual([oddName, 'shop']);
    const shop = found[1];
    const page = await relations(shop.id, { schema: 'sales' });
    expect(page.schemas).toEqual(['public', 'sales']);
    expect(page.items.map(({ name, kind }: { name: string; kind: string }) => [name, kind])).toEqual([
      ['customer', 'table'],
      ['invoice', 'table'],
      ['late', 'view'],
    ]);
    const invoice = (await kit.call(admin, `GET /databases/${shop.id}/relations/${page.items[1].id}`)).body;
    expect(invoice.columns).toContainEqual({
      name: 'total',
      type: 'numeric(10,2)',
      isNullable: true,
      defaultText: null,
    });
    expect(invoice.primaryKey).toEqual(['id']);
    expect(invoice.foreignKeys).toMatchObject([{ columns: ['customer_id'], toSchema: 'sales', toTable: 'customer' }]);
    expect(invoice.indexes).toContainEqual({ name: 'invoice_once', columns: ['customer_id', 'total'], isUnique: true });
    const routines = await kit.store.db.selectFrom('routine').selectAll().where('database_id', '=', shop.id).execute();
    expect(routines).toMatchObject([{ schema_name: 'sales', name: 'double' }]);
  });

  it('may have any names: each is kept to the letter and found by searching for a part of it', async () => {
    const shop = (await databases(instanceId))[1];
    const page = await relations(shop.id, { schema: 'public' });
    expect(page.items.map(({ name }: { name: string }) => name).sort()).toEqual([...hostileNames].sort());
    const found = await relations(shop.id, { search: '%_' });
    expect(found.items.map(({ name }: { name: string }) => name)).toEqual(['100%_sure']);
    expect((await relations(shop.id, { search: 'back\\' })).total).toBe(1);
  });

  it('changes nothing, and says nothing, when it is read again', async () => {
    await kit.call(admin, `POST /instances/${instanceId}/sync`);
    expect(kit.relationChanges).toEqual([]);
  });

  it('is looked at quickly for tables that are others now, and read anew only then', async () => {
    const { sync } = kit.inventory;
    const shop = (await databases(instanceId))[1];
    const readAt = async () => (await databases(instanceId))[1].syncedAt;
    const before = await readAt();
    await sync.syncChanged(instanceId);
    expect(await readAt()).toBe(before);
    await atPostgres('shop', 'create table sales.passing (id int)');
    await sync.syncChanged(instanceId);
    expect(kit.relationChanges).toMatchObject([{ databaseId: shop.id, added: [{ schema: 'sales', name: 'passing' }] }]);
    kit.guardCalls.length = 0;
    await atPostgres('shop', 'drop table sales.passing');
    await sync.syncChanged(instanceId);
    expect(kit.relationChanges.at(-1)).toMatchObject({ removed: [{ schema: 'sales', name: 'passing' }] });
    // What takes something away locks the people concerned.
    expect(kit.guardCalls).toHaveLength(1);
  });

  it('tells of tables that were made, made again under the same name, and dropped', async () => {
    const shop = (await databases(instanceId))[1];
    await atPostgres(
      'shop',
      'create table fresh (id int)',
      'drop view sales.late',
      'drop table sales.invoice',
      'create table sales.invoice (id int)',
    );
    await kit.inventory.sync.syncDatabase(shop.id);
    expect(kit.relationChanges).toEqual([
      {
        databaseId: shop.id,
        added: [{ schema: 'public', name: 'fresh' }],
        replaced: [{ schema: 'sales', name: 'invoice' }],
        removed: [{ schema: 'sales', name: 'late' }],
      },
    ]);
  });

  it('is read by itself when nobody has read it for long, and then only news are recorded', async () => {
    const before = (await kit.auditKinds()).length;
    await atPostgres('shop', 'create table unasked (id int)');
    await kit.inventory.syncStale(1);
    const shop = (await databases(instanceId))[1];
    expect((await relations(shop.id, { search: 'unasked' })).total).toBe(0);
    await kit.inventory.syncStale(0);
    expect((await relations(shop.id, { search: 'unasked' })).total).toBe(1);
    expect(await kit.auditKinds()).toHaveLength(before);
  });

  it('reads a name once more for whoever asks while it is being read', async () => {
    const shop = (await databases(instanceId))[1];
    const first = kit.inventory.sync.syncDatabase(shop.id);
    await atPostgres('shop', 'create table later (id int)');
    await Promise.all([first, kit.inventory.sync.syncDatabase(shop.id), kit.inventory.sync.syncDatabase(shop.id)]);
    expect((await relations(shop.id, { search: 'later' })).total).toBe(1);
  });

  it('with 10,000 tables is read whole, and completion finds its way in it', async () => {
    await atPostgres('postgres', 'create database wide');
    await atPostgres(
      'wide',
      `do $$ begin for batch in 0..9 loop
         execute (select string_agg(format('create table t%s (id int primary key, name text, at timestamptz)', batch * 1000 + i), ';')
                  from generate_series(0, 999) i);
         commit;
       end loop; end $$`,
    );
    const { body } = await kit.call(admin, `POST /instances/${instanceId}/sync`);
    expect(body.sync).toMatchObject({ state: 'ok', message: null });
    const wide = (await databases(instanceId)).find(({ name }: { name: string }) => name === 'wide');
    expect(wide.tables).toBe(10_000);
    const completion = await kit.call(admin, `GET /databases/${wide.id}/completion`, { query: { search: 't99' } });
    expect(completion.body).toMatchObject({ isComplete: true });
    expect(completion.body.items).toHaveLength(111);
    expect(completion.body.items[0]).toMatchObject({
      name: 't99',
      columns: [{ name: 'id' }, { name: 'name' }, { name: 'at' }],
    });
    await atPostgres('postgres', 'drop database wide');
  });

  it('loses a database: it is listed no more, its access ends, and coming back it brings nothing along', async () => {
    const owner = await kit.person('Olu', []);
    const project = await kit.inventory.projects.create({ personId: owner, adminPersonId: null }, 'Shop');
    const [odd] = await databases(instanceId);
    await kit.call(admin, `POST /projects/${project.id}/transfer`, { body: { databaseIds: [odd.id] } });
    kit.guardCalls.length = 0;
    await atPostgres('postgres', `drop database ${quoted(oddName)}`);
    await kit.call(admin, `POST /instances/${instanceId}/sync`);
    expect((await databases(instanceId)).map(({ name }: { name: string }) => name)).toEqual(['shop']);
    expect(kit.guardCalls.at(-1)).toEqual({ locked: [owner], kind: 'database_vanished' });
    expect((await kit.call(admin, `GET /databases/${odd.id}`)).body.code).toBe('object.not_found');
    expect(await kit.auditKinds()).toContain('database.vanished');
    await atPostgres('postgres', `create database ${quoted(oddName)}`);
    await kit.call(admin, `POST /instances/${instanceId}/sync`);
    expect((await databases(instanceId))[0].id).toBe(odd.id);
  });

  it('is unreachable: the sync says so in words and keeps what was known', async () => {
    await postgres.kill();
    const { body } = await kit.call(admin, `POST /instances/${instanceId}/sync`);
    expect(body.sync.state).toBe('failed');
    expect(body.sync.message.length).toBeGreaterThan(10);
    expect(body.databases).toBe(2);
    await kit.call(admin, `POST /instances/${instanceId}/capability-check`);
    const after = (await kit.call(admin, `GET /instances/${instanceId}`)).body;
    expect(after.capability).toMatchObject({ state: 'unknown', findings: [{ key: 'check_failed' }] });
    await postgres.restart();
    expect((await kit.call(admin, `POST /instances/${instanceId}/sync`)).body.sync.state).toBe('ok');
  });
});

describe('a MariaDB server', () => {
  it('is read, its system databases left out, and takes the sample where nothing is', async () => {
    await atMariaDb('create database `hr_x`', 'create database `empty``one`', 'create table hr_x.`we``ird %` (id int)');
    const instanceId = await register(mariadb, 'mariadb');
    const [empty, hr] = await databases(instanceId);
    expect([empty.name, hr.name]).toEqual(['empty`one', 'hr_x']);
    expect((await relations(hr.id)).items).toMatchObject([{ schema: '', name: 'we`ird %', kind: 'table' }]);
    const refused = await kit.call(admin, `POST /databases/${hr.id}/load-sample`);
    expect(refused.body.code).toBe('database.not_empty');
    const loaded = await kit.call(admin, `POST /databases/${empty.id}/load-sample`);
    expect(loaded.body).toMatchObject({ tables: 8, abilities: { loadSample: false } });
    expect(await kit.auditKinds()).toContain('database.sample_loaded');
  });
});
