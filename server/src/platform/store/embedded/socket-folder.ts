import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerAccount } from './server-account.ts';

/** The kernel's limit for a socket's path, with its closing zero, is 108 bytes on Linux and 104 on macOS. */
const longestSocketPath = 103;

export interface SocketFolder {
  readonly path: string;
  remove(): void;
}

/**
 * A folder that only the server's account (and root) can enter: who is in needs no password, so the folder is the wall.
 * It lies in the data folder, or under a short temporary name where that path would be too long for a socket.
 */
export function makeSocketFolder(dataDir: string, account: ServerAccount | undefined): SocketFolder {
  const own = join(dataDir, 'run');
  const isShortEnough = Buffer.byteLength(join(own, '.s.PGSQL.65535')) <= longestSocketPath;
  const path = isShortEnough ? own : mkdtempSync(join(shortTemporaryFolder(), 'tidegate-'));
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (account !== undefined) chownSync(path, account.uid, account.gid);
  chmodSync(path, 0o700);
  return {
    path,
    remove: () => {
      if (!isShortEnough) rmSync(path, { recursive: true, force: true });
    },
  };
}

function shortTemporaryFolder(): string {
  return Buffer.byteLength(tmpdir()) > 60 ? '/tmp' : tmpdir();
}
