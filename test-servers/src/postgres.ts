import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { copyOfTemplate } from './folders.ts';
import { type PostgresMajor, postgresPrograms } from './postgres-programs.ts';
import { runProgram } from './server-process.ts';
import { type ServerPlace, startServer } from './start-server.ts';
import type { ServerOptions, TestServer } from './test-server.ts';

const superuser = { user: 'postgres', password: 'postgres-of-this-test' };

/** Starts PostgreSQL. Everybody signs in with a SCRAM password, over TCP and over the socket. */
export async function startPostgres(options: ServerOptions & { readonly major: PostgresMajor }): Promise<TestServer> {
  const programs = await postgresPrograms(options.major);
  return startServer(
    {
      kind: 'postgres',
      superuser,
      stopSignal: 'SIGINT',
      fillDataFolder: async (folder) => {
        await copyOfTemplate(`postgres-${options.major}`, folder, (to) => initialise(programs, to));
        await addAccessRules(folder, options.accessRules ?? []);
      },
      command: (place) => ({ file: join(programs, 'postgres'), args: arguments_(place, options) }),
      socketPath: (place) => place.socketFolder,
      askVersion,
    },
    options,
  );
}

async function initialise(programs: string, folder: string): Promise<void> {
  const passwordFile = join(folder, '..', `password-${process.pid}-${Date.now()}`);
  await writeFile(passwordFile, superuser.password, { mode: 0o644 });
  try {
    await runProgram(
      join(programs, 'initdb'),
      [
        ...['-D', folder, '-U', superuser.user, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
        ...['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
      ],
      folder,
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
  const hba = join(folder, 'pg_hba.conf');
  await writeFile(hba, 'local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n');
  await appendFile(join(folder, 'postgresql.conf'), `# ${(await readFile(hba)).length} bytes of access rules\n`);
}

async function addAccessRules(folder: string, rules: readonly string[]): Promise<void> {
  const hba = join(folder, 'pg_hba.conf');
  if (rules.length > 0) await writeFile(hba, `${rules.join('\n')}\n${await readFile(hba, 'utf8')}`);
}

function arguments_(place: ServerPlace, options: ServerOptions): string[] {
  const settings: Record<string, string | number> = {
    port: place.port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: place.socketFolder,
    unix_socket_permissions: '0777',
    timezone: 'UTC',
    max_connections: 200,
    ...(options.durable === true ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...(place.certificate === undefined
      ? {}
      : {
          ssl: 'on',
          ssl_cert_file: place.certificate.certificateFile,
          ssl_key_file: place.certificate.keyFile,
        }),
    ...options.settings,
  };
  return ['-D', place.dataFolder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

async function askVersion(port: number): Promise<string> {
  const client = new Client({ host: '127.0.0.1', port, database: 'postgres', ...superuser });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return rows[0]?.server_version ?? '';
  } finally {
    await client.end().catch(() => undefined);
  }
}
