import type { AdminConnections } from './admin-connections.ts';
import { type HeldGrant, parseGrant } from './held-grants.ts';

/** What the connecting user may do beyond making accounts. Each has a slower way around it. */
export interface Abilities {
  /** `SELECT` on the server's own tables: sees other accounts and what they hold. */
  readonly readsAccounts: boolean;
  /** `PROCESS`: sees other accounts' sessions and transactions. */
  readonly seesSessions: boolean;
  /** May end other accounts' sessions. */
  readonly endsSessions: boolean;
}

/** Read anew each time: rights change while we run. */
export async function readAbilities(admin: AdminConnections): Promise<Abilities> {
  const grants = await readOwnGrants(admin);
  const has = (...wanted: readonly string[]): boolean =>
    grants.some(
      ({ level, privileges, isRevoke }) =>
        level === 'global' &&
        !isRevoke &&
        privileges.some((privilege) => wanted.includes(privilege) || privilege === 'ALL PRIVILEGES'),
    );
  const ofMysql = grants.filter(({ level, database }) => level === 'database' && database === 'mysql');
  const selects = ({ privileges }: HeldGrant): boolean =>
    privileges.some((privilege) => privilege === 'SELECT' || privilege === 'ALL PRIVILEGES');
  const isTakenAway = ofMysql.some((grant) => grant.isRevoke && selects(grant));
  return {
    readsAccounts: !isTakenAway && (has('SELECT') || ofMysql.some((grant) => !grant.isRevoke && selects(grant))),
    seesSessions: has('PROCESS'),
    endsSessions: has('CONNECTION_ADMIN', 'CONNECTION ADMIN', 'SUPER'),
  };
}

/** What the connecting user holds, roles that are active in its sessions included. */
export async function readOwnGrants(admin: AdminConnections): Promise<readonly HeldGrant[]> {
  const { isMariaDb } = await admin.nature();
  // MariaDB prints what a user's roles hold by itself. MySQL lists active roles as `a`@`%`,`b`@`%`.
  const [row] = isMariaDb ? [] : await admin.rows('SELECT CURRENT_ROLE() AS role');
  const role = row?.['role'] ?? 'NONE';
  const using = role === 'NONE' ? '' : ` USING ${role}`;
  const rows = await admin.rows(`SHOW GRANTS FOR CURRENT_USER()${using}`);
  return rows.flatMap((row) => parseGrant(Object.values(row)[0] ?? '') ?? []);
}
