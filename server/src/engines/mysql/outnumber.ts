import { accountOf } from '../sign-in.ts';
import { type AccountKeys, newPassword } from './account-keys.ts';
import type { AdminConnections } from './admin-connections.ts';
import { connect } from './connection.ts';
import { identifiedBy } from './passwords.ts';
import { type Process, sessionsIn } from './processes.ts';
import { quoteAccount, quoteName } from './quote.ts';

const atOnce = 8;
/** More than any account has. */
const connections = 1_000;

/**
 * For MariaDB, whose statements can loop: a session of the account that ends whatever else logs in as it, which every
 * account may. Many log in at once, and the first statement of each ends all sessions of the account. Answers those that
 * one of them has seen; null where all were ended before they could tell, be it by each other. Leaves the account locked
 * and with more connections than `applyAccount` gives it.
 */
export async function outnumber(
  admin: AdminConnections,
  keys: AccountKeys,
  name: string,
): Promise<readonly Process[] | null> {
  const { target } = admin;
  const password = newPassword();
  const alter = (change: string): Promise<unknown> => admin.rows(`ALTER USER ${quoteAccount(name)} ${change}`);
  const own = new Set<string>();
  const endAll = async (): Promise<readonly Process[]> => {
    const login = { ...accountOf(target, name, password), database: null, programName: 'Tidegate' };
    const connection = await connect(target, login);
    own.add(String(connection.sessionId));
    try {
      const text = `BEGIN NOT ATOMIC SHOW FULL PROCESSLIST; KILL HARD USER ${quoteName(name)}; END`;
      return sessionsIn(await connection.rows(text)).get(name) ?? [];
    } finally {
      connection.destroy();
    }
  };
  await alter(`${await identifiedBy(admin, password)} WITH MAX_USER_CONNECTIONS ${connections} ACCOUNT UNLOCK`);
  try {
    const attempts = await Promise.allSettled(Array.from({ length: atOnce }, endAll));
    const seen = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
    const processes = seen.flat().filter(({ backendId }) => !own.has(backendId));
    return seen.length === 0 ? null : [...new Map(processes.map((one) => [one.backendId, one])).values()];
  } finally {
    await alter('ACCOUNT LOCK');
    if ((target.tokens?.accounts ?? null) === null) keys.remember(target, name, password);
  }
}
