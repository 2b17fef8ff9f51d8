import { join } from 'node:path';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { ServerPlace } from './start-server.ts';
import type { ServerOptions } from './test-server.ts';

export const superuser = { user: 'root', password: 'root-of-this-test' };

/** Run once while the data folder is made: root comes in over TCP with a password, and nobody without a name. */
export const firstStatements = [
  `CREATE USER 'root'@'%' IDENTIFIED BY '${superuser.password}';`,
  `GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;`,
  `ALTER USER 'root'@'localhost' IDENTIFIED BY '${superuser.password}';`,
  // MariaDB makes them without a password, and they would be matched before '%'.
  `DROP USER IF EXISTS ''@'localhost', 'root'@'127.0.0.1', 'root'@'::1';`,
].join('\n');

export function socketPath(place: ServerPlace): string {
  return join(place.socketFolder, 'mysql.sock');
}

/** Options that both servers know; settings are written as options (`innodb-log-file-size`) or variables, as one likes. */
export function serverArguments(place: ServerPlace, options: ServerOptions, own: Record<string, string | number>) {
  const settings: Record<string, string | number> = {
    datadir: place.dataFolder,
    port: place.port,
    'bind-address': '127.0.0.1',
    socket: socketPath(place),
    'pid-file': join(place.socketFolder, 'mysql.pid'),
    'skip-name-resolve': 'ON',
    'innodb-buffer-pool-size': '64M',
    'performance-schema': 'OFF',
    'skip-log-bin': 'ON',
    'default-time-zone': '+00:00',
    'character-set-server': 'utf8mb4',
    'secure-file-priv': '',
    ...(options.durable === true ? {} : { 'innodb-flush-log-at-trx-commit': 0, 'innodb-flush-method': 'nosync' }),
    ...(place.certificate === undefined
      ? {}
      : {
          'ssl-ca': place.certificate.caFile,
          'ssl-cert': place.certificate.certificateFile,
          'ssl-key': place.certificate.keyFile,
        }),
    ...own,
    ...options.settings,
  };
  return Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
}

export async function askVersion(port: number): Promise<string> {
  const connection = await createConnection({ host: '127.0.0.1', port, ...superuser });
  try {
    const [rows] = await connection.query<RowDataPacket[]>('select version() as version');
    return String(rows[0]?.['version']);
  } finally {
    connection.destroy();
  }
}
