import { nativeHash, newPassword } from './account-keys.ts';
import type { AdminConnections } from './admin-connections.ts';
import { quoteName, quoteText } from './quote.ts';

/** The clause that lets an account sign in by token and by nothing else; null where accounts have passwords. */
export function tokenClause({ target }: AdminConnections): string | null {
  const accounts = target.tokens?.accounts ?? null;
  if (accounts === null) return null;
  return `IDENTIFIED WITH ${quoteName(accounts.mysql.plugin)} AS ${quoteText(accounts.mysql.as)}`;
}

/**
 * The clause that sets a password, or makes the account sign in by token where that was chosen. MariaDB prints clear text in
 * its general log, so it gets the hash; MySQL replaces it by `<secret>` in all of its logs, and newer servers no longer have
 * a hash that is simple to make.
 *
 * An account can set its own password. Where `canBarOwnPasswords` it has to know the one that it has, which nobody does. On
 * MariaDB what it sets replaces the first of two ways in, a password that nobody knows; ours is the second.
 */
export async function identifiedBy(admin: AdminConnections, password: string): Promise<string> {
  const byToken = tokenClause(admin);
  if (byToken !== null) return byToken;
  const { isMariaDb, takesHashes, barsOwnPasswords } = await admin.nature();
  if (isMariaDb && takesHashes) return `IDENTIFIED VIA ${native(newPassword())} OR ${native(password)}`;
  if (isMariaDb) return `IDENTIFIED BY ${quoteText(password)}`;
  const barred = barsOwnPasswords ? ' PASSWORD REQUIRE CURRENT' : '';
  return `IDENTIFIED WITH ${quoteName(await usualPlugin(admin))} BY ${quoteText(password)}${barred}`;
}

/**
 * What MySQL would choose for a new account. Said out loud, because without it an account keeps the plugin that it has,
 * which may be that of tokens. Newer servers have the policy, older ones the variable, some have both.
 */
async function usualPlugin(admin: AdminConnections): Promise<string> {
  const rows = await admin.rows(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('default_authentication_plugin', 'authentication_policy')",
  );
  const values = new Map(rows.map((row) => [row['variable_name'] ?? '', row['value'] ?? '']));
  const policy = /^(?:\*:?)?(\w*)/.exec(values.get('authentication_policy') ?? '')?.[1] ?? '';
  return policy || values.get('default_authentication_plugin') || 'caching_sha2_password';
}

const native = (password: string): string => `mysql_native_password USING '${nativeHash(password)}'`;
