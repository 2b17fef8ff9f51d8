import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MissingServer } from '../missing-server.ts';
import type { TokenEndpoint } from './token-verifier.ts';

const run = promisify(execFile);

/** The path of the vendor's own client, which makes tokens without us: the outside witness. */
export function awsCliProgram(): string {
  const found = [process.env['TIDEGATE_TEST_AWS'], '/usr/bin/aws', '/usr/local/bin/aws'].find(
    (path) => path !== undefined && existsSync(path),
  );
  if (found !== undefined) return found;
  throw new MissingServer('awscli', 'apt-get install -y --no-install-recommends awscli');
}

/** The library that holds a program's clock. */
export function fakeTimeLibrary(): string {
  for (const folder of existsSync('/usr/lib') ? readdirSync('/usr/lib') : []) {
    const library = join('/usr/lib', folder, 'faketime/libfaketime.so.1');
    if (existsSync(library)) return library;
  }
  throw new MissingServer('libfaketime', 'apt-get install -y --no-install-recommends libfaketime');
}

/** Runs the client with nothing but the given environment, its clock held at `at` where that is given. */
export async function awsCli(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  at?: Date,
): Promise<string> {
  const held =
    at === undefined
      ? {}
      : { LD_PRELOAD: fakeTimeLibrary(), FAKETIME: at.toISOString().slice(0, 19).replace('T', ' '), TZ: 'UTC' };
  const { stdout } = await run(awsCliProgram(), [...args], {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', AWS_PAGER: '', ...held, ...env },
  });
  return stdout.trim();
}

export function awsCliToken(
  { host, port, region }: TokenEndpoint,
  user: string,
  env: Readonly<Record<string, string>>,
  at?: Date,
): Promise<string> {
  const place = ['--hostname', host, '--port', String(port), '--region', region];
  return awsCli(['rds', 'generate-db-auth-token', ...place, '--username', user], env, at);
}
