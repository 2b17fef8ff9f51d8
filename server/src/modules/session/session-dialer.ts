import { type Engine, EngineError, type EngineSession, type InstanceTarget } from '../../engines/engine.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import type { SessionOwner, SessionPlace } from './session.ts';

export interface DialledAccount {
  readonly accountId: string;
  readonly name: string;
  readonly password: string;
}

export interface SessionAccounts {
  /** With `isBroken` the login has failed: everything is made anew. */
  ensureAccount(personId: string, instanceId: string, isBroken?: boolean): Promise<DialledAccount>;
}

export interface SessionTargets {
  get(instanceId: string): Promise<{ engine: Engine; target: InstanceTarget }>;
}

/** PostgreSQL's limit for `application_name`. */
const longestApplicationName = 63;
/** What a login says when the account is not as we left it. */
const brokenAccount: ReadonlySet<string> = new Set([
  'auth_failed',
  'token_refused',
  'account_locked',
  'access_refused',
]);

/** Connects as the person's own account. One that was changed or dropped by hand is made anew, once. */
export class SessionDialer {
  readonly #accounts: SessionAccounts;
  readonly #targets: SessionTargets;

  constructor(parts: { accounts: SessionAccounts; targets: SessionTargets }) {
    this.#accounts = parts.accounts;
    this.#targets = parts.targets;
  }

  /** The person's account has at the server what the ledger says. */
  async bringInLine(owner: SessionOwner, place: SessionPlace): Promise<void> {
    await this.#accounts.ensureAccount(owner.personId, place.instanceId);
  }

  /** Refuses with `instance.connection_failed`, or `session.no_access` where access ended meanwhile. */
  async dial(
    owner: SessionOwner,
    place: SessionPlace,
    isReadOnly: boolean,
  ): Promise<{ account: DialledAccount; connection: EngineSession }> {
    try {
      const { engine, target } = await this.#targets.get(place.instanceId);
      const connect = (account: DialledAccount) =>
        engine.openSession(target, {
          account: account.name,
          password: account.password,
          database: place.databaseName,
          applicationName: `tidegate:${owner.email}`.slice(0, longestApplicationName),
          isReadOnly,
          // The union of rows can be prolonged while the session lives, so the engine's own limit cannot follow it here.
          remainingMs: null,
        });
      const account = await this.#accounts.ensureAccount(owner.personId, place.instanceId);
      try {
        return { account, connection: await connect(account) };
      } catch (error) {
        if (!(error instanceof EngineError) || !brokenAccount.has(error.kind)) throw error;
        const repaired = await this.#accounts.ensureAccount(owner.personId, place.instanceId, true);
        return { account: repaired, connection: await connect(repaired) };
      }
    } catch (error) {
      throw asConnectionFailure(error, place);
    }
  }
}

function asConnectionFailure(error: unknown, place: SessionPlace): unknown {
  if (!(error instanceof EngineError)) return error;
  const hint = error.hint === null ? '' : ` ${error.hint}`;
  return new AppError(
    'instance.connection_failed',
    `${place.instanceTitle} could not be reached. ${error.message}${hint}`,
    { details: { kind: error.kind }, cause: error },
  );
}
