import type { CapabilityFinding } from '../engine.ts';
import { readAbilities } from './abilities.ts';
import type { AdminConnections } from './admin-connections.ts';
import { type HeldGrant, parseGrant } from './held-grants.ts';
import type { Asker } from './processes.ts';
import { type DatabaseReading, databaseOfGrant, quoteAccount, quoteText } from './quote.ts';

/**
 * What every account may do without being granted anything: through MariaDB's `PUBLIC`, MySQL's mandatory roles, and
 * anonymous accounts. `bare` is a connection of an account that holds nothing.
 */
export async function findOpenDoors(
  admin: AdminConnections,
  bare: Asker,
  databases: readonly string[],
  reading: DatabaseReading,
): Promise<readonly CapabilityFinding[]> {
  const { isMariaDb } = await admin.nature();
  const { readsAccounts } = await readAbilities(admin);
  const shared = isMariaDb ? await publicGrants(bare) : await mandatoryRoleGrants(bare);
  const findings = shared
    .filter(({ grant }) => concerns(grant, databases, reading))
    .map((one) => sharedFinding(one, reading));
  if (readsAccounts) findings.push(...(await anonymousAccounts(admin)), ...(await anonymousDatabases(admin)));
  return findings;
}

interface SharedGrant {
  readonly grant: HeldGrant;
  /** As `REVOKE … FROM` names it. */
  readonly holder: string;
}

async function publicGrants(bare: Asker): Promise<readonly SharedGrant[]> {
  const rows = await bare.rows('SHOW GRANTS');
  return grantsIn(rows.map((row) => Object.values(row)[0] ?? ''))
    .filter(({ holder }) => holder.toUpperCase() === 'PUBLIC')
    .map((grant) => ({ grant, holder: 'PUBLIC' }));
}

async function mandatoryRoleGrants(bare: Asker): Promise<readonly SharedGrant[]> {
  const [row] = await bare.rows('SELECT @@GLOBAL.mandatory_roles AS roles');
  const shared: SharedGrant[] = [];
  for (const { name, host } of rolesIn(row?.['roles'] ?? '')) {
    const role = quoteAccount(name, host);
    const rows = await bare.rows(`SHOW GRANTS FOR CURRENT_USER() USING ${role}`);
    const grants = grantsIn(rows.map((grant) => Object.values(grant)[0] ?? '')).filter(({ level }) => level !== 'role');
    shared.push(...grants.map((grant) => ({ grant, holder: role })));
  }
  return shared;
}

/** A list such as `` `a`@`%`,b,'c'@'host' ``; a role without a host is that of any host. */
function rolesIn(list: string): { name: string; host: string }[] {
  const part = "`(?:[^`]|``)*`|'(?:[^']|'')*'|\"[^\"]*\"|[^\\s@,`'\"]+";
  return [...list.matchAll(new RegExp(`(${part})(?:@(${part}))?`, 'g'))].map(([, name = '', host = '%']) => ({
    name: name.replace(/^[`'"]|[`'"]$/g, ''),
    host: host.replace(/^[`'"]|[`'"]$/g, ''),
  }));
}

function grantsIn(lines: readonly string[]): HeldGrant[] {
  return lines.flatMap((line) => parseGrant(line) ?? []);
}

function concerns({ level, database }: HeldGrant, databases: readonly string[], reading: DatabaseReading): boolean {
  if (level === 'table') return databases.includes(database);
  if (level !== 'database') return true;
  const only = databaseOfGrant(database, reading);
  return only === null || databases.includes(only);
}

function sharedFinding({ grant, holder }: SharedGrant, reading: DatabaseReading): CapabilityFinding {
  const via = holder === 'PUBLIC' ? 'PUBLIC' : `the mandatory role ${holder}`;
  return {
    key: 'granted_to_everybody',
    severity: 'wall incomplete',
    message: `Every account holds ${grant.text} through ${via}, whatever it was granted.`,
    sql: `REVOKE ${grant.text} FROM ${holder};`,
    database: grant.level === 'table' ? grant.database : databaseOfGrant(grant.database, reading) || null,
  };
}

async function anonymousAccounts(admin: AdminConnections): Promise<readonly CapabilityFinding[]> {
  const rows = await admin.rows("SELECT Host AS host FROM mysql.user WHERE User = ''");
  return rows
    .filter((row) => row['host'] !== '')
    .map((row) => ({
      key: 'anonymous_account',
      severity: 'wall incomplete',
      message: `There is an account without a name for the host ${row['host']}: anybody may log in by it, and it can take the logins of others.`,
      sql: `DROP USER ${quoteAccount('', row['host'] ?? '')};`,
      database: null,
    }));
}

/** Rows without a user hold for every account: older installations open `test` this way. */
async function anonymousDatabases(admin: AdminConnections): Promise<readonly CapabilityFinding[]> {
  const rows = await admin.rows("SELECT Host AS host, Db AS pattern FROM mysql.db WHERE User = ''");
  return rows.map((row) => ({
    key: 'open_database',
    severity: 'wall incomplete',
    message: `Databases named ${row['pattern']} are open to every account.`,
    sql: `DELETE FROM mysql.db WHERE User = '' AND Host = ${quoteText(row['host'] ?? '')} AND Db = ${quoteText(row['pattern'] ?? '')};\nFLUSH PRIVILEGES;`,
    database: null,
  }));
}
