import type { LookupFunction } from 'node:net';
import type { EngineError, EngineKind } from './engine.ts';

export type TlsMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

/** How to reach a server as its connecting user. Plain data: safe to hold, except for `password`. */
export interface InstanceTarget {
  readonly engine: EngineKind;
  /** A host name or address, or an absolute path: the socket's folder (PostgreSQL) or file (MySQL). */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Asked for each physical connection, so that rotating credentials and tokens work. Never logged. */
  readonly password: () => Promise<string>;
  /** Set where `password` is a token; then the mode is `verify-full`. */
  readonly tokens?: TokenSignIn;
  readonly tls: {
    readonly mode: TlsMode;
    readonly ca: string | null;
    /** Under `verify-full` the certificate must be for one of these; `[host]` when left out. */
    readonly names?: readonly string[];
  };
  /** Resolves the host's name for each dial, and may refuse what it leads to; the system's own when left out. */
  readonly lookup?: LookupFunction;
  /** The database for administrative PostgreSQL connections; `postgres` when null. Ignored on MySQL. */
  readonly maintenanceDatabase: string | null;
  /** Milliseconds from dialling to a usable connection, TLS and login included. */
  readonly connectTimeoutMs: number;
}

/**
 * Secrets that are made anew for each physical connection and travel in clear text inside TLS, as the clouds have
 * them. The engine writes one only to a connection whose certificate and host name it has verified, and only when the
 * server asks for a clear-text password.
 */
export interface TokenSignIn {
  /** For the connecting user or, where `accounts` is set, one of the accounts. Rejects with `EngineError`. */
  token(user: string): Promise<string>;
  /** How temporary accounts are made to sign in by token too; null where they have passwords. */
  readonly accounts: TokenAccounts | null;
  /** Why a login with a token failed, in the cloud's terms. Never rejects; what it cannot explain it gives back. */
  explain(error: EngineError, user: string): Promise<EngineError>;
}

/** What makes an account of the server sign in by token. */
export interface TokenAccounts {
  /** MySQL and MariaDB: the plugin, and the string that it wants. */
  readonly mysql: { readonly plugin: string; readonly as: string };
  /** PostgreSQL: the role whose members the server asks for tokens. */
  readonly postgresRole: string;
}
