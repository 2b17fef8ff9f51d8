import { randomInt } from 'node:crypto';
import type { Connection, ConnectionForm, MethodSettings } from '../../connection-methods/connection-method.ts';
import type { EngineKind, TlsMode } from '../../engines/engine.ts';
import type { SecretSealer } from './secret-sealer.ts';

export type ConnectionMethodName = 'password' | 'aws_iam';

/** How to reach a server as its connecting user, as typed. */
export interface ConnectionInput extends ConnectionForm {
  readonly connectionMethod?: ConnectionMethodName | undefined;
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
  readonly connectionMethod: string;
  /** In the shape of its method. */
  readonly connectionSettings: MethodSettings;
  readonly passwordSealed: string | null;
  /** What a method other than the password seals. */
  readonly methodSecretSealed: string | null;
  readonly tlsMode: TlsMode;
  readonly tlsCa: string | null;
  readonly isSample: boolean;
  readonly unregisteringAt: Date | null;
}

export type SyncState = 'never' | 'running' | 'ok' | 'failed';
export type CapabilityState = 'unknown' | 'ok' | 'wall incomplete' | 'blocked';

/** The purpose under which an instance's password is sealed: it opens nowhere else. */
export function passwordPurpose(instanceId: string): string {
  return `instance:${instanceId}:password`;
}

export function methodSecretPurpose(instanceId: string): string {
  return `instance:${instanceId}:method-secret`;
}

export interface SealedSecrets {
  readonly passwordSealed: string | null;
  readonly methodSecretSealed: string | null;
}

/** A connection's secret where its method keeps it, and nothing where another method kept its own. */
export function sealSecret(sealer: SecretSealer, id: string, connection: Connection): SealedSecrets {
  const secret = connection.secret();
  const seal = (purpose: string) => (secret === null ? null : sealer.seal(secret, purpose));
  return connection.method === 'password'
    ? { passwordSealed: seal(passwordPurpose(id)), methodSecretSealed: null }
    : { passwordSealed: null, methodSecretSealed: seal(methodSecretPurpose(id)) };
}

/** The connection that an instance is kept with; the secret is opened when it is asked for. */
export function keptConnection(instance: InstanceRecord, sealer: SecretSealer): Connection {
  const { id, engine, host, port, user, tlsMode, tlsCa, passwordSealed, methodSecretSealed } = instance;
  const open = (sealed: string | null, purpose: string) => (sealed === null ? null : sealer.open(sealed, purpose));
  const secret = () =>
    instance.connectionMethod === 'password'
      ? open(passwordSealed, passwordPurpose(id))
      : open(methodSecretSealed, methodSecretPurpose(id));
  const place = { engine, host, port, user, tlsMode, tlsCa };
  return { ...place, method: instance.connectionMethod, settings: instance.connectionSettings, secret };
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
