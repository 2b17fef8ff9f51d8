import { randomInt } from 'node:crypto';
import type { EngineKind, InstanceTarget, TlsMode } from '../../engines/engine.ts';

/** How to reach a server as its connecting user, with the password as typed. */
export interface ConnectionInput {
  readonly engine: EngineKind;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly tlsMode: TlsMode;
  readonly tlsCa: string | null;
}

/** A registered server as it is kept. */
export interface InstanceRecord {
  readonly id: string;
  readonly shortId: string;
  readonly title: string;
  readonly environmentId: string;
  readonly engine: EngineKind;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly passwordSealed: string | null;
  readonly tlsMode: TlsMode;
  readonly tlsCa: string | null;
  readonly isSample: boolean;
  readonly unregisteringAt: Date | null;
}

export type SyncState = 'never' | 'running' | 'ok' | 'failed';
export type CapabilityState = 'unknown' | 'ok' | 'wall incomplete' | 'blocked';

const connectTimeoutMs = 10_000;

/** The purpose under which an instance's password is sealed: it opens nowhere else. */
export function passwordPurpose(instanceId: string): string {
  return `instance:${instanceId}:password`;
}

export function targetOf(
  connection: Omit<ConnectionInput, 'password'>,
  password: () => Promise<string>,
): InstanceTarget {
  return {
    engine: connection.engine,
    host: connection.host,
    port: connection.port,
    user: connection.user,
    password,
    tls: { mode: connection.tlsMode, ca: connection.tlsCa },
    maintenanceDatabase: null,
    connectTimeoutMs,
  };
}

const shortIdLetters = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Four characters, part of every account's name on an instance (and, for the installation, on all of them). */
export function newShortId(): string {
  return Array.from({ length: 4 }, () => shortIdLetters[randomInt(shortIdLetters.length)]).join('');
}

/** MySQL and MariaDB speak one protocol and are told apart by what the server says of itself. */
export function isSameFamily(one: EngineKind, other: EngineKind): boolean {
  return (one === 'postgresql') === (other === 'postgresql');
}

const systemDatabases: Readonly<Record<'postgresql' | 'mysql', ReadonlySet<string>>> = {
  postgresql: new Set([
    'postgres',
    'template0',
    'template1',
    'rdsadmin',
    'azure_maintenance',
    'azure_sys',
    'cloudsqladmin',
  ]),
  mysql: new Set(['mysql', 'sys', 'performance_schema', 'information_schema', 'innodb', 'tmp', 'rdsadmin']),
};

/** Databases that belong to the server itself and are never listed. */
export function isSystemDatabase(engine: EngineKind, name: string): boolean {
  return engine === 'postgresql' ? systemDatabases.postgresql.has(name) : systemDatabases.mysql.has(name.toLowerCase());
}
