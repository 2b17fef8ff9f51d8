import { nativeHash } from './account-keys.ts';
import type { AdminConnections } from './admin-connections.ts';
import { quoteName, quoteText } from './quote.ts';

/** The clause that lets an account sign in by token and by nothing else; null where accounts have passwords. */
export function tokenClause({ target }: AdminConnections): string | null {
  const accounts = target.tokens?.accounts ?? null;
  if (accounts === null) return null;
  return `IDENTIFIED WITH ${quoteName(accounts.mysql.plugin)} AS ${quoteText(accounts.mysql.as)}`;
}

/**
 * The clause that sets a password, or makes the account sign in by token where that was chosen. MariaDB prints clear text in its general log, so it gets the hash; MySQL replaces
 * it by `<secret>` in all of its logs, and newer servers no longer have a hash that is simple to make.
 */
export async function identifiedBy(admin: AdminConnections, password: string): Promise<string> {
  const byToken = tokenClause(admin);
  if (byToken !== null) return byToken;
  const { isMariaDb, takesHashes } = await admin.nature();
  if (isMariaDb && takesHashes) return `IDENTIFIED VIA mysql_native_password USING '${nativeHash(password)}'`;
  return `IDENTIFIED BY ${quoteText(password)}`;
}
