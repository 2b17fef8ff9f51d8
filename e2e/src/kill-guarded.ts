import type { ServerAddress } from '@tidegate/test-servers';
import mysql from 'mysql2/promise';
import pg from 'pg';

/** Of the connecting user. */
export const gatePassword = 'secret of the gate';

/** What the superuser of a guarded server tells of the accounts of one installation. */
export interface Witness {
  accounts(prefix: string): Promise<string[]>;
  /** Of them, those that can log in. */
  open(prefix: string): Promise<string[]>;
  /** Names of the accounts that have a session. */
  sessions(prefix: string): Promise<string[]>;
  /** What these accounts may read there, as `account table`. */
  reads(prefix: string): Promise<string[]>;
}

export async function connectPostgres(address: ServerAddress, database: string): Promise<pg.Client> {
  const client = new pg.Client({ host: address.host, port: address.port, ...address.superuser, database });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

export async function guardPostgres(
  address: ServerAddress,
  database: string,
  user: string,
): Promise<Witness & { close(): Promise<unknown> }> {
  const root = await connectPostgres(address, 'postgres');
  await root.query(`create role ${user} login createrole password '${gatePassword}'`);
  await root.query(`create database ${database} owner ${user}`);
  await root.end();
  const inside = await connectPostgres(address, database);
  await inside.query(`set role ${user}; create table a (id int); create table b (id int); insert into a values (1);
    insert into b values (1); reset role`);
  await inside.end();
  let kept: pg.Client | null = null;
  const names = async (text: string, prefix: string) => {
    kept ??= await connectPostgres(address, database);
    try {
      return (await kept.query<{ name: string }>(text, [prefix])).rows.map((row) => row.name);
    } catch (error) {
      // The server may have been lost: the next look dials again.
      await kept.end().catch(() => undefined);
      kept = null;
      throw error;
    }
  };
  return {
    accounts: (prefix: string) =>
      names(`select rolname as name from pg_roles where starts_with(rolname, $1) and strpos(rolname, '.') = 0`, prefix),
    open: (prefix: string) =>
      names('select rolname as name from pg_roles where starts_with(rolname, $1) and rolcanlogin', prefix),
    sessions: (prefix: string) =>
      names('select distinct usename::text as name from pg_stat_activity where starts_with(usename, $1)', prefix),
    reads: (prefix: string) =>
      names(
        `select r.rolname || ' ' || c.relname as name from pg_roles r cross join pg_class c
         where starts_with(r.rolname, $1) and strpos(r.rolname, '.') = 0 and c.relkind = 'r'
           and c.relnamespace = 'public'::regnamespace and has_table_privilege(r.oid, c.oid, 'select')`,
        prefix,
      ),
    close: async () => await kept?.end(),
  };
}

export async function guardMySql(
  address: ServerAddress,
  database: string,
  user: string,
): Promise<Witness & { close(): Promise<unknown> }> {
  const root = await mysql.createConnection({ host: address.host, port: address.port, ...address.superuser });
  await root.query(`create database ${database}`);
  await root.query(`create user '${user}'@'%' identified by '${gatePassword}'`);
  await root.query(`grant create user, process on *.* to '${user}'@'%' with grant option`);
  await root.query(`grant all on \`${database}\`.* to '${user}'@'%' with grant option`);
  await root.query(`grant select on mysql.* to '${user}'@'%'`);
  for (const table of ['a', 'b']) {
    await root.query(`create table ${database}.${table} (id int)`);
    await root.query(`insert into ${database}.${table} values (1)`);
  }
  const names = async (text: string, prefix: string) => {
    const [rows] = await root.query<mysql.RowDataPacket[]>(text, [`${prefix.replaceAll('_', '\\_')}%`]);
    return rows.map((row) => String(row['name']));
  };
  return {
    accounts: (prefix: string) => names('select user as name from mysql.user where user like ?', prefix),
    open: (prefix: string) =>
      names(
        address.kind === 'mariadb'
          ? `select user as name from mysql.global_priv
             where user like ? and not coalesce(json_value(priv, '$.account_locked'), false)`
          : `select user as name from mysql.user where user like ? and account_locked = 'N'`,
        prefix,
      ),
    sessions: (prefix: string) =>
      names('select distinct user as name from information_schema.processlist where user like ?', prefix),
    reads: (prefix: string) =>
      names(
        `select concat(user, ' ', table_name) as name from mysql.tables_priv
         where user like ? and db = '${database}' and find_in_set('Select', table_priv)`,
        prefix,
      ),
    close: () => root.end(),
  };
}
