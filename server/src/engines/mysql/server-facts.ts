import { createHash } from 'node:crypto';
import { EngineError, type ServerFacts } from '../engine.ts';
import type { AdminConnections } from './admin-connections.ts';
import type { DatabaseReading } from './quote.ts';

const variables = [
  'version',
  'server_uuid',
  'server_uid',
  'hostname',
  'port',
  'datadir',
  'read_only',
  'super_read_only',
  'innodb_read_only',
  'lower_case_table_names',
  'partial_revokes',
];

/** The facts of the contract, and those that other parts of this engine need. */
export interface ServerNature extends ServerFacts {
  readonly isMariaDb: boolean;
  /** True where the server compares names of databases and tables without case. */
  readonly ignoresCase: boolean;
  /** How it reads the database of a grant. */
  readonly reading: DatabaseReading;
}

export async function readNature(admin: AdminConnections): Promise<ServerNature> {
  const list = variables.map((name) => `'${name}'`).join(', ');
  const rows = await admin.rows(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${list})`);
  const values = new Map(rows.map((row) => [row['variable_name'] ?? '', row['value'] ?? '']));
  const value = (name: string): string => values.get(name) ?? '';
  const version = value('version');
  if (version === '') throw new EngineError('wrong_protocol', 'The server does not tell its version.');
  const isMariaDb = version.includes('MariaDB');
  return {
    identity: value('server_uuid') || value('server_uid') || fingerprint(['hostname', 'port', 'datadir'].map(value)),
    version,
    engine: isMariaDb ? 'mariadb' : 'mysql',
    isReadOnly: ['read_only', 'super_read_only', 'innodb_read_only'].some((name) => isOn(value(name))),
    isTls: (await admin.nature()).isTls,
    isMariaDb,
    ignoresCase: value('lower_case_table_names') !== '0',
    reading: isOn(value('partial_revokes')) ? 'name' : 'pattern',
  };
}

/** Older MariaDB servers have no identity of their own. */
function fingerprint(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);
}

function isOn(value: string): boolean {
  return value !== '' && value !== 'OFF' && value !== '0';
}
