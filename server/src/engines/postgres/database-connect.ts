import type { Client } from 'pg';
import type { Role } from './account-role.ts';
import { rowsOf } from './admin-connections.ts';
import { explode } from './privilege-difference.ts';
import { quoteName } from './quote.ts';

export interface DatabaseRight {
  readonly database: string;
  readonly role: number;
  readonly privilege: string;
  readonly isGrantable: boolean;
}

/** Rights on databases that are granted to the roles themselves. */
export async function databaseRights(client: Client, roles: readonly number[]): Promise<DatabaseRight[]> {
  return rowsOf(
    client,
    `select distinct a.grantee as role, d.datname as database, a.privilege_type as privilege, a.is_grantable as "isGrantable"
     from pg_database d cross join lateral ${explode('d.datacl')} a join unnest($1::oid[]) r(role) on r.role = a.grantee
     order by 2, 3`,
    [roles],
  );
}

export interface RightStatement {
  readonly statement: string;
  readonly action: string;
}

/**
 * Makes the account able to connect to a database. Where the connecting user may not grant that and everybody may
 * connect, nothing is needed.
 */
export async function connectStatements(client: Client, account: Role, database: string): Promise<RightStatement[]> {
  const rows = await rowsOf(
    client,
    `select from pg_database d where d.datname = $1::text
       and not exists (select from ${explode('d.datacl')} a where a.grantee = $2 and a.privilege_type = 'CONNECT')
       and (pg_has_role(d.datdba, 'USAGE') or has_database_privilege(d.oid, 'CONNECT WITH GRANT OPTION')
            or not has_database_privilege('public', d.oid, 'CONNECT'))`,
    [database, account.oid],
  );
  return rows.map(() => ({
    statement: `GRANT CONNECT ON DATABASE ${quoteName(database)} TO ${quoteName(account.name)}`,
    action: `granted connect on ${database}`,
  }));
}

/** Takes away every right on databases but to connect to these. */
export async function disconnectStatements(
  client: Client,
  account: Role,
  databases: readonly string[],
): Promise<RightStatement[]> {
  const rights = await databaseRights(client, [account.oid]);
  return rights.flatMap(({ database, privilege, isGrantable }) => {
    const isWanted = privilege === 'CONNECT' && databases.includes(database);
    if (isWanted && !isGrantable) return [];
    const what = `${isWanted ? 'GRANT OPTION FOR ' : ''}${privilege}`;
    return [
      {
        statement: `REVOKE ${what} ON DATABASE ${quoteName(database)} FROM ${quoteName(account.name)}`,
        action: `revoked ${privilege.toLowerCase()} on ${database}`,
      },
    ];
  });
}
