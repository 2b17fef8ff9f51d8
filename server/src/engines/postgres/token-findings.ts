import type { Client } from 'pg';
import type { CapabilityFinding } from '../engine.ts';
import { rowsOf } from './admin-connections.ts';
import { quoteName } from './quote.ts';

/** Whether accounts can be made to sign in by token at all; nothing to find where they have passwords. */
export async function tokenFindings(client: Client, tokenRole: string | null): Promise<CapabilityFinding[]> {
  if (tokenRole === null) return [];
  const [row] = await rowsOf<{ name: string; exists: boolean; canPassOn: boolean }>(
    client,
    `select current_user::text as name, r.oid is not null as exists,
            coalesce(pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION'), false)
              or current_setting('server_version_num')::int < 160000 as "canPassOn"
     from (select) one left join pg_roles r on r.rolname = $1::text`,
    [tokenRole],
  );
  if (row === undefined || (row.exists && row.canPassOn)) return [];
  const finding = { key: 'token_role', severity: 'blocking', database: null } as const;
  if (!row.exists) {
    const message = `The server has no role ${tokenRole}, so no account can sign in by token: enable IAM authentication there, or let accounts have passwords.`;
    return [{ ...finding, message, sql: null }];
  }
  const message = `${row.name} may not pass ${tokenRole} on, so accounts cannot sign in by token.`;
  return [{ ...finding, message, sql: `GRANT ${quoteName(tokenRole)} TO ${quoteName(row.name)} WITH ADMIN OPTION;` }];
}
