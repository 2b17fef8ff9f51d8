import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';

export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Database servers refuse to run as root, so root runs them as another system user; anybody else runs them as himself.
 * The user must have an entry in the password file: initdb looks itself up there.
 */
export function serverAccount(): ServerAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      return { uid: idOf('-u', name), gid: idOf('-g', name) };
    } catch {
      // Not on this machine: the next one.
    }
  }
  throw new Error('Neither of the system users "postgres" and "nobody" exists, and PostgreSQL does not run as root.');
}

/** Hands a file or folder over to the account that the server runs as. */
export function handOver(path: string): void {
  const account = serverAccount();
  if (account !== undefined) chownSync(path, account.uid, account.gid);
}

function idOf(flag: '-u' | '-g', name: string): number {
  return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}
