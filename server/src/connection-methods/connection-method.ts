import type { LookupFunction } from 'node:net';
import type { AwsIamInput, AwsIamView } from '@tidegate/contract';
import type { EngineKind, InstanceTarget, TlsMode } from '../engines/engine.ts';

/**
 * The ways to prove to a database server who Tidegate is. One file or folder a method implements this; the registry in
 * `connection-methods.ts` names them. A method decides three things: what is kept of the form, what TLS it demands,
 * and what the engine gets to sign in with, for the connecting user and for the temporary accounts.
 */
export interface ConnectionMethod {
  /**
   * What is kept of a filled-in form. `kept` is what the instance has now, by whatever method: a secret that is left
   * out may come from there, as long as it would go to the same place (`isSamePlace`). Refuses with `request.invalid`.
   */
  read(form: ConnectionForm, kept: Connection | null): Credentials & { readonly tlsMode: TlsMode };
  /** What the engine needs. Dials nothing, makes no secret yet. */
  target(connection: Connection, ground: TargetGround): InstanceTarget;
  /** Whether temporary accounts sign in by token. */
  hasTokenAccounts(settings: MethodSettings): boolean;
  /** What the API shows of it, never with a secret. */
  view(settings: MethodSettings, host: string): MethodView;
}

/** The part of the contract that belongs to each method; null where it is another's. */
export interface MethodView {
  readonly awsIam: AwsIamView | null;
}

/** What a method keeps in the open, in its own shape. */
export type MethodSettings = Readonly<Record<string, unknown>>;

export interface Credentials {
  readonly settings: MethodSettings;
  /** Sealed for the store; null where the method has none. */
  readonly secret: string | null;
}

/** Where a server is and who connects; common to all methods. */
export interface Place {
  readonly engine: EngineKind;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly tlsMode: TlsMode;
  readonly tlsCa: string | null;
}

/** As it was typed. */
export interface ConnectionForm extends Place {
  readonly password?: string | undefined;
  readonly awsIam?: AwsIamInput | null | undefined;
}

/** As the engine is to use it, or as it is kept. */
export interface Connection extends Place {
  readonly method: string;
  readonly settings: MethodSettings;
  /** Unseals it where it is sealed; null where there is none. */
  readonly secret: () => string | null;
}

export interface TargetGround {
  /** Whose connection it is, for records of others (role session names): the instance's title. */
  readonly title: string;
  readonly connectTimeoutMs: number;
  readonly lookup: LookupFunction;
}

/** What every method's target has. */
export function baseTarget(connection: Place, ground: TargetGround): Omit<InstanceTarget, 'password' | 'tls'> {
  const { engine, host, port, user } = connection;
  const { connectTimeoutMs, lookup } = ground;
  return { engine, host, port, user, maintenanceDatabase: null, connectTimeoutMs, lookup };
}
