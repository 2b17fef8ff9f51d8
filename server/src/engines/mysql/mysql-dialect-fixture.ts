import type { EngineDialect, ExactValue } from '../engine.suite.ts';
import { commonValues, mariaDbValues, mySqlValues } from './mysql-values-fixture.ts';

const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const digits =
  'with d as (select 0 as n union all select 1 union all select 2 union all select 3 union all select 4 ' +
  'union all select 5 union all select 6 union all select 7 union all select 8 union all select 9)';

/** How MySQL and MariaDB say what the shared cases mean. */
export function mySqlDialect(kind: 'mariadb' | 'mysql'): EngineDialect {
  const values: readonly ExactValue[] = [...commonValues, ...(kind === 'mariadb' ? mariaDbValues : mySqlValues)];
  return {
    kind,
    defaultSchema: '',
    quote,
    hostileNames: [
      'odd`name',
      "quo'te",
      'dou"ble',
      'semi;colon -- x',
      'under_score',
      'per%cent',
      'back\\slash',
      'back\\_slash',
      'dot.ted',
      'two words',
      'MiXeD',
      'ünïcödé\u200f',
      '/* comment */',
      '*',
      'n'.repeat(64),
    ],
    createTable: (table) => `create table ${table} (id int not null auto_increment primary key, amount integer)`,
    createTemporaryTable: (name) => `create temporary table ${name} (id int)`,
    longRead: (table) => `select max(sleep(60)) from ${table}`,
    longUpdate: (table) => `update ${table} set amount = amount + 1 where id = 1 or sleep(60) = 2`,
    lockRowsNow: (table) => `select * from ${table} for update nowait`,
    cursor: null,
    holds: [
      {
        what: 'a named lock',
        begin: () => [`select get_lock('suite_busy', 0)`],
        heldQuery: `select 1 from dual where is_used_lock('suite_busy') is not null`,
        isRefused: false,
      },
      {
        what: 'rows',
        begin: (table) => ['begin', `select * from ${table} for update`],
        heldQuery: 'select 1 from information_schema.innodb_trx where trx_rows_locked > 0',
        isRefused: false,
      },
      // These need privileges that no account of ours has.
      {
        what: 'a table lock',
        begin: (table) => [`lock tables ${table} write`],
        heldQuery: 'select 1 from dual where 1 = 0',
        isRefused: true,
      },
      {
        what: 'a temporary table',
        begin: () => ['create temporary table scratch (id int)'],
        heldQuery: 'select 1 from dual where 1 = 0',
        isRefused: true,
      },
    ],
    // Whoever only asks to be let in has no session.
    sessionsOf: (account) =>
      `select id, info from information_schema.processlist where user = ${text(account)} and command <> 'Connect'`,
    isKilled: `command = 'Killed'`,
    endSession: (backendId) => `kill ${backendId}`,
    grantByHand: (account, database, table) => `grant insert on ${quote(database)}.${table} to ${text(account)}@'%'`,
    openToEverybody: (database, table) =>
      kind === 'mariadb'
        ? [`grant select on ${quote(database)}.${table} to public`]
        : [
            'create role if not exists everybody',
            `grant select on ${quote(database)}.${table} to everybody`,
            "set global mandatory_roles = 'everybody'",
          ],
    manyRows: (count) =>
      `${digits} select rpad('x', 100, 'x') as v from d a, d b, d c, d e, d f, d g, d h limit ${count}`,
    longText: (length) => `select repeat('x', ${length})`,
    longBinary: (length) => `select repeat(x'ff', ${length})`,
    binaryPrefix: '0x',
    values,
    failing: 'select (select 1 union all select 2)',
    sameNames: { sql: "select 1 as a, 2 as a, 3 as ''", names: ['a', 'a', ''] },
    missingDatabase: 'no_such_database',
  };
}
