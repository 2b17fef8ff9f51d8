import { execFileSync, spawnSync } from 'node:child_process';
import { StoreFault } from '../store-fault.ts';

export interface ServerAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root, so root runs it as another system user: one of its own if there is one. The user
 * needs an entry in the password file, because initdb looks itself up there. Anybody but root runs it as himself.
 */
export function findServerAccount(): ServerAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['tidegate', 'postgres', '_postgres', 'nobody']) {
    const uid = askId('-u', name);
    const gid = askId('-g', name);
    if (uid !== undefined && gid !== undefined && uid !== 0) return { name, uid, gid };
  }
  throw new StoreFault(
    'Tidegate runs as root, and PostgreSQL does not run as root. Make a system user for it ("useradd --system tidegate"), ' +
      'or start Tidegate as an ordinary user.',
  );
}

function askId(flag: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}

/** Whether the account can enter a folder or run a program: any folder above may be closed to it. */
export function canReach(account: ServerAccount, path: string): boolean {
  return spawnSync('test', ['-x', path], { uid: account.uid, gid: account.gid, cwd: '/' }).status === 0;
}
