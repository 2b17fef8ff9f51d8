import { EngineError } from '../engine.ts';
import { accountOf } from '../sign-in.ts';
import { type AccountKeys, newPassword } from './account-keys.ts';
import type { AdminConnections } from './admin-connections.ts';
import { connect, type MySqlConnection } from './connection.ts';
import { identifiedBy } from './passwords.ts';
import { quoteAccount } from './quote.ts';

export interface OwnConnection {
  readonly connection: MySqlConnection;
  readonly backendId: string;
  readonly wasLocked: boolean;
}

const attempts = 6;

/**
 * Opens a connection as the account itself, which may always see and end its own sessions and read its own
 * privileges, and closes it after `use`. Null when there is no such account. A locked account is unlocked only
 * under a fresh password that nobody else has, and locked again before `use`; a connection limit that is in the way
 * is raised and put back. Where this process does not know the password, a fresh one is set: whoever had the old
 * one must be given a new one by `enableLogin`.
 */
export async function withOwnConnection<T>(
  admin: AdminConnections,
  keys: AccountKeys,
  name: string,
  use: (own: OwnConnection) => Promise<T>,
): Promise<T | null> {
  const login = new OwnLogin(admin, keys, name);
  try {
    const own = await login.open();
    return own === null ? null : await use(own);
  } finally {
    await login.restore();
  }
}

class OwnLogin {
  readonly #admin: AdminConnections;
  readonly #keys: AccountKeys;
  readonly #name: string;
  #connection: MySqlConnection | null = null;
  #wasLocked = false;
  #isUnlocked = false;
  #limit: number | null = null;
  /** Where accounts sign in by token there is nothing to know; null while it has to be made one that does. */
  #noPassword: '' | null = '';
  #wasMadeSo = false;

  constructor(admin: AdminConnections, keys: AccountKeys, name: string) {
    this.#admin = admin;
    this.#keys = keys;
    this.#name = name;
  }

  get #usesTokens(): boolean {
    return (this.#admin.target.tokens?.accounts ?? null) !== null;
  }

  async open(): Promise<OwnConnection | null> {
    const { target } = this.#admin;
    let failure: EngineError | null = null;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const password = this.#usesTokens ? this.#noPassword : this.#keys.find(target, this.#name);
      try {
        if (password === null) await this.#rotate('');
        else return await this.#enter(password);
      } catch (error) {
        if (!(error instanceof EngineError) || this.#connection !== null) throw error;
        if (error.serverCode === '1396') return null;
        failure = error;
        if (!(await this.#wayAround(error))) throw error;
      }
    }
    throw failure ?? new EngineError('internal', `No connection as ${this.#name} could be opened.`);
  }

  /** Puts back what was changed to get in; clean-up goes on after an error. */
  async restore(): Promise<void> {
    await this.#connection?.close();
    const changes = [
      this.#isUnlocked ? 'ACCOUNT LOCK' : null,
      this.#limit === null ? null : `WITH MAX_USER_CONNECTIONS ${this.#limit}`,
    ].filter((change) => change !== null);
    const failures: unknown[] = [];
    for (const change of changes) {
      await this.#alter(change).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  async #enter(password: string): Promise<OwnConnection> {
    const { target } = this.#admin;
    const connection = await connect(target, {
      ...accountOf(target, this.#name, password),
      database: null,
      programName: 'Tidegate',
    });
    this.#connection = connection;
    if (this.#isUnlocked) {
      await this.#alter('ACCOUNT LOCK');
      this.#isUnlocked = false;
    }
    const [row] = await connection.rows('SELECT CONNECTION_ID() AS id, CURRENT_USER() AS account');
    refuseShadow(this.#name, row?.['account'] ?? '');
    return { connection, backendId: row?.['id'] ?? '', wasLocked: this.#wasLocked };
  }

  /** True when something was changed and another attempt makes sense. */
  async #wayAround(error: EngineError): Promise<boolean> {
    switch (error.kind) {
      case 'not_supported':
      case 'token_refused':
      case 'auth_failed':
        // It may be gone, which setting its way to sign in then says, or it signed in otherwise until now.
        if (this.#wasMadeSo && (this.#usesTokens || error.kind !== 'auth_failed')) return false;
        this.#noPassword = null;
        this.#keys.forget(this.#admin.target, this.#name);
        return true;
      case 'account_locked':
        this.#wasLocked = true;
        this.#isUnlocked = true;
        await this.#rotate('ACCOUNT UNLOCK');
        return true;
      case 'too_many_connections': {
        // The error's number that cannot be read elsewhere without further rights: the account's own limit.
        const limit = /\(current value: (\d+)\)/.exec(error.message)?.[1];
        if (error.serverCode !== '1226' || limit === undefined) return false;
        this.#limit ??= Number(limit);
        await this.#alter(`WITH MAX_USER_CONNECTIONS ${Number(limit) + 3}`);
        return true;
      }
      default:
        return false;
    }
  }

  /** An account that signs in by token is unlocked for nobody but whoever may make tokens for it. */
  async #rotate(change: string): Promise<void> {
    const password = newPassword();
    await this.#alter(`${await identifiedBy(this.#admin, password)} ${change}`);
    this.#noPassword = '';
    this.#wasMadeSo = true;
    if (!this.#usesTokens) this.#keys.remember(this.#admin.target, this.#name, password);
  }

  async #alter(change: string): Promise<void> {
    await this.#admin.rows(`ALTER USER ${quoteAccount(this.#name)} ${change}`);
  }
}

/** The server picks an account by host first: `''@'localhost'` takes the login of `name@'%'`. */
export function refuseShadow(name: string, currentUser: string): void {
  if (currentUser === `${name}@%`) return;
  throw new EngineError('auth_failed', `The server took the login of ${name} for the account ${currentUser}.`, {
    hint: 'Drop the account that shadows it; the capability check names it.',
  });
}
