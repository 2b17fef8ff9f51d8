import { type Engine, EngineError, type EngineSession, type InstanceTarget } from '../../engines/engine.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import type { SessionOwner, SessionPlace } from './session.ts';

export interface DialledAccount {
  readonly accountId: string;
  readonly name: string;
  readonly password: string;
}

export interface SessionAccounts {
  bringInLine(personId: string, instanceId: string): Promise<void>;
  /** The account can log in while `connect` is at work. */
  openAs(
    personId: string,
    instanceId: string,
    connect: (account: DialledAccount) => Promise<EngineSession>,
  ): Promise<{ readonly account: DialledAccount; readonly connection: EngineSession }>;
}

export interface SessionTargets {
  get(instanceId: string): Promise<{ engine: Engine; target: InstanceTarget }>;
}

/** PostgreSQL's limit for `application_name`. */
const longestApplicationName = 63;
/** Connects as the person's own account. */
export class SessionDialer {
  readonly #accounts: SessionAccounts;
  readonly #targets: SessionTargets;

  constructor(parts: { accounts: SessionAccounts; targets: SessionTargets }) {
    this.#accounts = parts.accounts;
    this.#targets = parts.targets;
  }

  /** The person's account has at the server what the ledger says. */
  async bringInLine(owner: SessionOwner, place: SessionPlace): Promise<void> {
    await this.#accounts.bringInLine(owner.personId, place.instanceId);
  }

  /**
   * `note` is told before anybody else may look at the account. Refuses with `instance.connection_failed`, or
   * `session.no_access` where access ended meanwhile.
   */
  async dial(
    owner: SessionOwner,
    place: SessionPlace,
    isReadOnly: boolean,
    note: (opened: { accountId: string; accountName: string; backendId: string }) => Promise<void>,
  ): Promise<{ account: DialledAccount; connection: EngineSession }> {
    try {
      const { engine, target } = await this.#targets.get(place.instanceId);
      return await this.#accounts.openAs(owner.personId, place.instanceId, async (account) => {
        const connection = await engine.openSession(target, {
          account: account.name,
          password: account.password,
          database: place.databaseName,
          applicationName: `tidegate:${owner.email}`.slice(0, longestApplicationName),
          isReadOnly,
          // The union of rows can be prolonged while the session lives, so the engine's own limit cannot follow it here.
          remainingMs: null,
        });
        try {
          const { accountId, name: accountName } = account;
          await note({ accountId, accountName, backendId: connection.backendId });
          return connection;
        } catch (error) {
          await connection.close().catch(() => undefined); // The reason is the error.
          throw error;
        }
      });
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
