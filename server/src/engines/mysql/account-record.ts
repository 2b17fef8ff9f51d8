import { EngineError } from '../engine.ts';
import type { AdminConnections } from './admin-connections.ts';
import type { Row } from './connection.ts';
import { type HeldGrant, type HeldSettings, parseGrant, parseSettings } from './held-grants.ts';
import type { Asker } from './processes.ts';
import { quoteAccount, quoteText } from './quote.ts';

/** What the server has written down about `name@'%'`. */
export interface AccountRecord extends HeldSettings {
  readonly grants: readonly HeldGrant[];
  /** Whose account it says it is; undefined where the server has no place for that. */
  readonly label: string | null | undefined;
}

export interface NamedAccounts {
  readonly account: AccountRecord | null;
  /** Other hosts under which the name exists too: such an account would take logins of ours. */
  readonly otherHosts: readonly string[];
}

/** Key of the person's label in MySQL's attributes of an account. */
export const labelKey = 'tidegate_person';

/** Needs the ability to read the server's own tables. */
export async function readRecord(admin: AdminConnections, name: string): Promise<NamedAccounts> {
  const hosts = (await readHosts(admin, [name])).get(name) ?? [];
  const otherHosts = hosts.filter((host) => host !== '%');
  if (!hosts.includes('%')) return { account: null, otherHosts };
  const { isMariaDb } = await admin.nature();
  try {
    return { account: await describe(admin, quoteAccount(name), name, isMariaDb), otherHosts };
  } catch (error) {
    if (isGone(error)) return { account: null, otherHosts };
    throw error;
  }
}

/** What an account says about itself over its own connection. */
export function readOwnRecord(own: Asker, name: string, isMariaDb: boolean): Promise<AccountRecord> {
  return describe(own, 'CURRENT_USER()', name, isMariaDb);
}

/** The hosts of each of the names, of those that are there. Needs the ability to read the server's own tables. */
export async function readHosts(
  asker: Asker,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await asker.rows(
    `SELECT User AS name, Host AS host FROM mysql.user WHERE User IN (${names.map(quoteText).join(', ')})`,
  );
  const byName = Map.groupBy(rows, (row) => row['name'] ?? '');
  return new Map([...byName].map(([name, own]) => [name, own.map((row) => row['host'] ?? '')]));
}

/** All but its label, in two statements; null when it is gone by now. */
export async function readHeld(
  asker: Asker,
  name: string,
): Promise<(HeldSettings & Pick<AccountRecord, 'grants'>) | null> {
  try {
    return await describeHeld(asker, quoteAccount(name), name);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

async function describe(asker: Asker, account: string, name: string, isMariaDb: boolean): Promise<AccountRecord> {
  return {
    ...(await describeHeld(asker, account, name)),
    label: isMariaDb ? undefined : await readLabel(asker, name),
  };
}

async function describeHeld(asker: Asker, account: string, name: string) {
  const grants = await asker.rows(`SHOW GRANTS FOR ${account}`);
  const [settings] = await asker.rows(`SHOW CREATE USER ${account}`);
  return {
    // MariaDB adds what everybody holds through `PUBLIC`, which is no matter of this account.
    grants: grants.flatMap((row) => parseGrant(onlyValue(row)) ?? []).filter(({ holder }) => holder === name),
    ...parseSettings(onlyValue(settings)),
  };
}

async function readLabel(asker: Asker, name: string): Promise<string | null | undefined> {
  try {
    const [row] = await asker.rows(
      `SELECT ATTRIBUTE AS attribute FROM information_schema.USER_ATTRIBUTES WHERE USER = ${quoteText(name)} AND HOST = '%'`,
    );
    const attribute: unknown = JSON.parse(row?.['attribute'] ?? 'null');
    const label = attribute !== null && typeof attribute === 'object' && Object.entries(attribute).find(isLabel)?.[1];
    return typeof label === 'string' ? label : null;
  } catch (error) {
    // Attributes came with MySQL 8.0.21; before, the table is unknown.
    if (error instanceof EngineError && error.serverCode === '1109') return undefined;
    throw error;
  }
}

function isLabel([key]: [string, unknown]): boolean {
  return key === labelKey;
}

function onlyValue(row: Row | undefined): string {
  return (row && Object.values(row)[0]) ?? '';
}

/** 1141, 1133, 1269, 1396: there is no such account (any more). */
export function isGone(error: unknown): boolean {
  return error instanceof EngineError && ['1141', '1133', '1269', '1396'].includes(error.serverCode ?? '');
}
