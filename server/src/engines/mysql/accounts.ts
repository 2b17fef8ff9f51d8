import { type AccountChange, type AccountSpec, EngineError } from '../engine.ts';
import { readAbilities } from './abilities.ts';
import { heldObjects, wantedObjects } from './account-access.ts';
import { type AccountKeys, newPassword } from './account-keys.ts';
import { type AccountRecord, isGone, labelKey, readOwnRecord, readRecord } from './account-record.ts';
import { presentAccess } from './account-scope.ts';
import type { AdminConnections } from './admin-connections.ts';
import { changeGrants } from './grant-changes.ts';
import { withOwnConnection } from './own-connection.ts';
import { identifiedBy, tokenClause } from './passwords.ts';
import { readSessionNames } from './processes.ts';
import { quoteAccount, quoteText } from './quote.ts';
import { readNature } from './server-facts.ts';

/** One more than sessions may be opened, so that a statement can be cancelled over a second connection. */
export const reservedConnections = 1;

/** Makes the account and what it holds exactly as the spec says, adding before it takes away. */
export async function applyAccount(
  admin: AdminConnections,
  keys: AccountKeys,
  spec: AccountSpec,
): Promise<AccountChange> {
  const nature = await readNature(admin);
  const { access, missing } = await presentAccess(admin, spec.access, nature.ignoresCase);
  const { record, wasMade } = await findOrMake(admin, keys, spec.name);
  const actions = wasMade ? ['created account'] : [];
  await applySettings(admin, spec, record, nature.isTls, actions);
  const held = heldObjects(record.grants, nature.reading);
  await changeGrants(admin, spec.name, wantedObjects(access, nature.reading), held, actions);
  return { actions, missing };
}

async function findOrMake(admin: AdminConnections, keys: AccountKeys, name: string) {
  const { readsAccounts } = await readAbilities(admin);
  const { isMariaDb } = await admin.nature();
  if (readsAccounts) {
    const { account } = await readRecord(admin, name);
    if (account !== null) return { record: account, wasMade: false };
  }
  if (await makeLocked(admin, keys, name)) {
    const label = isMariaDb ? undefined : null;
    const plugin = admin.target.tokens?.accounts?.mysql.plugin ?? null;
    const settings = { isLocked: true, connectionLimit: 0, requiresTls: false, plugin };
    return { record: { grants: [], label, ...settings } satisfies AccountRecord, wasMade: true };
  }
  const record = readsAccounts
    ? (await readRecord(admin, name)).account
    : await withOwnConnection(admin, keys, name, ({ connection }) => readOwnRecord(connection, name, isMariaDb));
  if (record === null) throw new EngineError('internal', `The account ${name} vanished while it was changed.`);
  return { record, wasMade: false };
}

/** A new account is locked, under a password that nobody is told. False when the account is there already. */
async function makeLocked(admin: AdminConnections, keys: AccountKeys, name: string): Promise<boolean> {
  const password = newPassword();
  const identified = await identifiedBy(admin, password);
  const { end } = await admin.gather(`CREATE USER IF NOT EXISTS ${quoteAccount(name)} ${identified} ACCOUNT LOCK`);
  // The server warns when there is one, and leaves it as it is.
  if (end.warnings > 0) return false;
  keys.remember(admin.target, name, password);
  return true;
}

async function applySettings(
  admin: AdminConnections,
  spec: AccountSpec,
  record: AccountRecord,
  isTls: boolean,
  actions: string[],
): Promise<void> {
  const limit = spec.connectionLimit + reservedConnections;
  const clauses: string[] = [];
  const byToken = tokenClause(admin);
  if (byToken !== null && record.plugin !== admin.target.tokens?.accounts?.mysql.plugin) {
    clauses.push(byToken);
    actions.push('made it sign in by token');
  }
  // Only where our own connection is encrypted: the demand would refuse logins over a socket file.
  if (record.requiresTls !== isTls) {
    clauses.push(isTls ? 'REQUIRE SSL' : 'REQUIRE NONE');
    actions.push(isTls ? 'demanded TLS' : 'stopped demanding TLS');
  }
  if (record.connectionLimit !== limit) {
    clauses.push(`WITH MAX_USER_CONNECTIONS ${limit}`);
    actions.push(`limited connections to ${limit}`);
  }
  // MariaDB has no place for a label. Characters that JSON forbids are escaped by it, the rest by the literal.
  if (record.label !== undefined && record.label !== spec.personLabel) {
    clauses.push(`ATTRIBUTE ${quoteText(JSON.stringify({ [labelKey]: spec.personLabel.toWellFormed() }))}`);
    actions.push('labelled account');
  }
  if (clauses.length > 0) await admin.rows(`ALTER USER ${quoteAccount(spec.name)} ${clauses.join(' ')}`);
}

export async function enableLogin(
  admin: AdminConnections,
  keys: AccountKeys,
  name: string,
  password: string,
): Promise<void> {
  await admin.rows(`ALTER USER ${quoteAccount(name)} ${await identifiedBy(admin, password)} ACCOUNT UNLOCK`);
  keys.remember(admin.target, name, password);
}

export async function blockLogin(admin: AdminConnections, name: string): Promise<void> {
  await admin.rows(`ALTER USER ${quoteAccount(name)} ACCOUNT LOCK`).catch((error: unknown) => {
    if (!isGone(error)) throw error;
  });
}

/**
 * There are no helper roles here, but sessions of accounts that are gone: dropped by hand, or just when they logged in.
 * Refuses without a right to read the server's accounts; MySQL shows
 * them to whoever may make accounts.
 */
export async function listAccounts(admin: AdminConnections, prefix: string): Promise<readonly string[]> {
  const { isMariaDb } = await admin.nature();
  const sources = isMariaDb ? ['mysql.user'] : ['mysql.user', 'information_schema.USER_ATTRIBUTES'];
  for (const source of sources) {
    const names = await namesIn(admin, source, prefix);
    if (names === null) continue;
    const living = await admin.use((connection) => readSessionNames(connection, prefix));
    return [...new Set([...names, ...living])];
  }
  throw new EngineError('access_refused', 'The connecting user may not list the accounts of this server.', {
    hint: 'Grant it SELECT (User, Host) on mysql.user; until then orphaned accounts are not found.',
  });
}

/** Null when it may not be read, or is not there. */
async function namesIn(admin: AdminConnections, source: string, prefix: string): Promise<readonly string[] | null> {
  try {
    const rows = await admin.rows(`SELECT DISTINCT User AS name FROM ${source}`);
    return rows.map((row) => row['name'] ?? '').filter((name) => name.startsWith(prefix));
  } catch (error) {
    if (error instanceof EngineError && ['access_refused', 'unknown_relation'].includes(error.kind)) return null;
    throw error;
  }
}
