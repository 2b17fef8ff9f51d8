import { nativeHash } from './account-keys.ts';
import type { AdminConnections } from './admin-connections.ts';
import { quoteText } from './quote.ts';

/**
 * The clause that sets a password. MariaDB prints clear text in its general log, so it gets the hash; MySQL replaces
 * it by `<secret>` in all of its logs, and newer servers no longer have a hash that is simple to make.
 */
export async function identifiedBy(admin: AdminConnections, password: string): Promise<string> {
  const { isMariaDb, takesHashes } = await admin.nature();
  if (isMariaDb && takesHashes) return `IDENTIFIED VIA mysql_native_password USING '${nativeHash(password)}'`;
  return `IDENTIFIED BY ${quoteText(password)}`;
}
