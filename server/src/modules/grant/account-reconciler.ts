import type { AccountSpec, AccountState, EndedSession, EngineAdmin, EngineKind } from '../../engines/engine.ts';
import { isTurnedAway } from '../../engines/turned-away.ts';
import type { Log } from '../../platform/log/log.ts';
import type { Db } from '../../platform/store/tx.ts';
import { accountPrefix, type InstanceTargets } from '../inventory/index.ts';
import { excessOf } from './access-difference.ts';
import type { AccountStore, DatabaseAccount } from './account-store.ts';
import { ClosureProgress } from './closure-progress.ts';
import { type ClosureRecord, type ClosureStep, describeEnded, withoutSecrets } from './closure-record.ts';
import type { DesiredAccess, Ledger } from './ledger.ts';
import type { AssertHeld } from './store-locks.ts';

/** Sessions of the editor plus what cancelling and closing need for a moment. */
const connectionLimit = 30;
const endTimeoutMs = 5_000;

/** Told when sessions were ended at the server, so that the person who had them open hears why. */
export interface SessionEnder {
  /** `databases` are names on the account's instance; null: all. */
  endLocal(accountId: string, databases: readonly string[] | null): Promise<void>;
}

interface Parts {
  readonly db: Db;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly accounts: AccountStore;
  readonly record: ClosureRecord;
  readonly targets: InstanceTargets;
  readonly sessions: SessionEnder;
  readonly installation: string;
}

/** One account, its server, and what is being written down about it. */
interface Work {
  readonly account: DatabaseAccount;
  readonly admin: EngineAdmin;
  readonly prefix: string;
  readonly steps: ClosureStep[];
}

/** What a look at one account found. */
export interface Comparison {
  readonly drift: readonly string[];
  readonly owned: readonly string[];
  /** Of its sessions at the server. */
  readonly backendIds: readonly string[];
}

/** What an account has that nothing explains. */
interface Surplus {
  readonly words: readonly string[];
  /** Where its sessions have to end. */
  readonly databases: readonly string[];
}

/**
 * Makes one account at a server match the ledger: desired from the rows and the clock, actual from the server's own
 * catalogs. Idempotent; killed anywhere and run again, it finishes the work.
 */
export class AccountReconciler {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * The caller holds the account's lock. Rejects when the server could not be brought in line: then the account stays
   * dirty, its grants stay closing, and the next attempt comes by itself.
   */
  async reconcile(account: DatabaseAccount, assertHeld: AssertHeld): Promise<void> {
    const { db, ledger, record } = this.#parts;
    // In this order: a row that ends from now on is not among `grantIds`, and makes the account dirty again.
    const grantIds = await record.openGrantsOf(account.id);
    const steps: ClosureStep[] = [];
    const outcome = { account, grantIds, steps };
    const progress = new ClosureProgress(this.#parts, [outcome]);
    try {
      const desired = await ledger.desiredOn(db, account.personId, account.instanceId);
      const work = { ...(await this.#serverOf(account)), steps };
      if (desired.access.length === 0) await this.#remove(work);
      else await this.#align(work, desired);
      // Whoever has taken over meanwhile writes his own record.
      assertHeld();
      await record.keepSuccess(await progress.finish(outcome), desired.access.length === 0);
    } catch (error) {
      await record.keepFailure(await progress.finish(outcome), error);
      throw error;
    } finally {
      progress.stop();
    }
  }

  /** In what server and ledger differ, in words, and what the account owns; changes nothing. */
  async compare(account: DatabaseAccount): Promise<Comparison> {
    const { db, ledger } = this.#parts;
    const desired = await ledger.desiredOn(db, account.personId, account.instanceId);
    const { admin, prefix } = await this.#serverOf(account);
    try {
      return comparisonOf(account, await admin.inspectAccount(account.name, prefix), desired);
    } catch (error) {
      if (!wasTurnedAway(account, error)) throw error;
      return { drift: ['a session of it ends whoever looks at it'], owned: [], backendIds: [] };
    }
  }

  /** The same of accounts of one instance, by their ids. Whom the server would not tell of with the others is left out. */
  async compareTogether(accounts: readonly DatabaseAccount[]): Promise<ReadonlyMap<string, Comparison>> {
    const [first] = accounts;
    if (first === undefined) return new Map();
    const { db, ledger } = this.#parts;
    const people = accounts.map((account) => account.personId);
    const desired = await ledger.desiredOfMany(db, people, first.instanceId);
    const { admin, prefix } = await this.#serverOf(first);
    const names = accounts.map((account) => account.name);
    const states = await admin.many.inspect(names, prefix);
    const found = new Map<string, Comparison>();
    for (const account of accounts) {
      const state = states.get(account.name);
      if (state !== undefined) found.set(account.id, comparisonOf(account, state, desired.get(account.personId)));
    }
    return found;
  }

  /**
   * Somebody logged in as the account otherwise than through here, and nothing of what he did is on record: it is shut, and
   * all of its sessions end. The caller holds the account's lock.
   */
  async endStrangers(account: DatabaseAccount, backendIds: readonly string[]): Promise<readonly EndedSession[]> {
    const { admin } = await this.#serverOf(account);
    await admin.blockLogin(account.name);
    const ended = (await admin.endSessions(account.name, null, endTimeoutMs)).map(withoutSecrets);
    await this.#tell(account, null);
    await this.#parts.record.keepStrangers(account, backendIds, ended);
    return ended;
  }

  async #serverOf(account: DatabaseAccount): Promise<Omit<Work, 'steps'>> {
    const { targets, installation } = this.#parts;
    const admin = (await targets.get(account.instanceId)).admin();
    return { account, admin, prefix: accountPrefix(installation, account.instanceShortId) };
  }

  /** Nothing explains the account any more: no login, no session, no account. */
  async #remove(work: Work): Promise<void> {
    const { account, admin, prefix } = work;
    const before = await this.#look(work);
    if (before.exists) {
      await admin.blockLogin(account.name);
      await this.#note(work, 'block', `Login of ${account.name} was blocked.`, { account: account.name });
      await this.#end(work, null);
      const removed = await admin.dropAccount(account.name);
      await this.#note(work, 'drop', `${account.name} was dropped with everything it held.`, { actions: removed });
    }
    const after = await admin.inspectAccount(account.name, prefix);
    if (after.exists || after.sessions.length > 0) throw new Error(`${account.name} still exists or has sessions.`);
    const rolling = after.rollingBack > 0 ? ` ${after.rollingBack} ended statements are still rolling back.` : '';
    const summary = `${account.name} has no session, no privilege and no login: it does not exist.${rolling}`;
    await this.#note(work, 'check', summary, { rollingBack: after.rollingBack });
  }

  /** With few rights on MySQL the look is one of the account's own connections, which its sessions can end. They end first. */
  async #look(work: Work): Promise<AccountState> {
    const { account, admin, prefix } = work;
    try {
      return await admin.inspectAccount(account.name, prefix);
    } catch (error) {
      if (!wasTurnedAway(account, error)) throw error;
      await this.#end(work, null);
      return await admin.inspectAccount(account.name, prefix);
    }
  }

  /** Adds what is missing; where something is too much, ends the sessions there and takes it away. */
  async #align(work: Work, desired: DesiredAccess): Promise<void> {
    const { account, admin, prefix } = work;
    const { accounts } = this.#parts;
    const before = await this.#look(work);
    // It can only while a session is opened, which holds the same lock: that was broken off, or somebody did it by hand.
    if (before.canLogIn) await admin.blockLogin(account.name);
    const surplus = surplusOf(account, before, desired);
    if (surplus.databases.length === 0) {
      await admin.applyAccount(this.#specOf(account, prefix, desired));
      await this.#note(work, 'check', `${account.name} holds nothing beyond what other grants give.`, {});
      return;
    }
    await accounts.noteReduced(account.id, surplus.databases);
    await this.#note(work, 'block', 'Nothing opens by the ended access any more.', { databases: surplus.databases });
    await this.#endIn(work, surplus.databases);
    const { actions } = await admin.applyAccount(this.#specOf(account, prefix, desired));
    await this.#note(work, 'revoke', `${account.name} lost ${listed(surplus.words)}.`, { actions });
    // Who came in between did so with what was still held.
    await this.#endIn(work, surplus.databases);
    await this.#check(work, desired);
  }

  async #check(work: Work, desired: DesiredAccess): Promise<void> {
    const { account, admin, prefix } = work;
    const state = await admin.inspectAccount(account.name, prefix);
    // Without what the record remembers: this is about what is there now.
    const left = surplusOf({ ...account, reducedDatabases: [] }, state, desired);
    if (left.words.length > 0) throw new Error(`${account.name} still has ${listed(left.words)}.`);
    await this.#note(work, 'check', `${account.name} holds nothing beyond the ledger.`, {
      sessions: state.sessions.length,
      rollingBack: state.rollingBack,
    });
  }

  /** On MySQL a session of one database may be at work in another by its full name: all of them end. */
  async #endIn(work: Work, databases: readonly string[]): Promise<void> {
    if (work.account.engine !== 'postgresql') await this.#end(work, null);
    else for (const database of databases) await this.#end(work, database);
  }

  async #end(work: Work, database: string | null): Promise<void> {
    const { account, admin } = work;
    const found = await admin
      .endSessions(account.name, database, endTimeoutMs)
      // Also where the server would not end them: their clients are here, and nobody gets an answer any more.
      .finally(() => this.#tell(account, database));
    const ended = found.map(withoutSecrets);
    const isAgain = work.steps.some(({ step }) => step === 'revoke' || (step === 'end' && database === null));
    if (isAgain && ended.length === 0) return;
    await this.#note(work, 'end', describeEnded(ended, database), { database, sessions: ended });
  }

  /** They have ended at the server; that somebody could not be told why keeps nothing open. */
  async #tell(account: DatabaseAccount, database: string | null): Promise<void> {
    const { sessions, log } = this.#parts;
    await sessions.endLocal(account.id, database === null ? null : [database]).catch((err: unknown) => {
      log.warn({ err, account: account.name }, 'nobody could be told why sessions ended');
    });
  }

  #specOf(account: DatabaseAccount, prefix: string, desired: DesiredAccess): AccountSpec {
    return {
      name: account.name,
      prefix,
      personLabel: account.personEmail,
      access: desired.access,
      connectionLimit,
    };
  }

  async #note(
    work: Work,
    step: ClosureStep['step'],
    summary: string,
    details: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    work.steps.push({ step, ok: true, summary, details, at: await this.#parts.ledger.now() });
  }
}

/** Whether a session of the account may have ended the connection that looked at it. */
function wasTurnedAway({ engine }: DatabaseAccount, error: unknown): boolean {
  return engine !== 'postgresql' && isTurnedAway(error);
}

function comparisonOf(account: DatabaseAccount, state: AccountState, desired: DesiredAccess | undefined): Comparison {
  const owned = state.unexpected.filter((text) => text.startsWith('owns '));
  const backendIds = state.sessions.map((session) => session.backendId);
  const found = (drift: readonly string[]): Comparison => ({ drift, owned, backendIds });
  if (!state.exists) return found(['the account is not there']);
  if (desired === undefined || desired.access.length === 0) return found(['nothing explains the account']);
  const { words, databases } = surplusOf(account, state, desired);
  const missing = [...excessOf(desired.access, state.access)].map(
    ([database, items]) => `without ${items.join(', ')} in ${database}`,
  );
  const open = state.canLogIn ? ['can log in'] : [];
  const unfinished = words.length === 0 && databases.length > 0 ? ['a reduction that was not finished'] : [];
  return found([...words.map((text) => `has ${text}`), ...open, ...unfinished, ...missing]);
}

/**
 * What is too much: privileges beyond the ledger, what only somebody else can have given, sessions where nothing is
 * held any more, and what was being taken away when the work stopped before. What the account owns (`owns …`) is not
 * access; it goes with the account.
 */
function surplusOf(account: DatabaseAccount, state: AccountState, desired: DesiredAccess): Surplus {
  const excess = excessOf(state.access, desired.access);
  const foreign = state.unexpected.filter((text) => !text.startsWith('owns '));
  const held = new Set(desired.access.map((access) => access.database));
  const inSessions = state.sessions.flatMap((session) => session.database ?? []);
  const strayed = straysOf(account.engine, inSessions, held);
  const databases = new Set([...excess.keys(), ...strayed, ...account.reducedDatabases]);
  // It is not said where: wherever there is something.
  if (foreign.length > 0)
    for (const name of [...inSessions, ...state.access.map((one) => one.database), ...held]) databases.add(name);
  return {
    databases: [...databases],
    words: [
      ...[...excess].map(([database, items]) => `${items.join(', ')} in ${database}`),
      ...foreign,
      ...[...new Set(strayed)].map((database) => `a session in ${database}`),
    ],
  };
}

const openToAll = ['information_schema', 'performance_schema'];

/** Databases of sessions in which nothing is held. MySQL may spell a database as the session did. */
function straysOf(engine: EngineKind, inSessions: readonly string[], held: ReadonlySet<string>): readonly string[] {
  if (engine === 'postgresql') return inSessions.filter((database) => !held.has(database));
  const known = new Set([...openToAll, ...[...held].map((database) => database.toLowerCase())]);
  return inSessions.filter((database) => !known.has(database.toLowerCase()));
}

/** Long lists are cut in words; the details have them all. */
function listed(words: readonly string[]): string {
  const text = words.join('; ');
  if (text === '') return 'what it had lost before already';
  return text.length <= 500 ? text : `${text.slice(0, 500)} …`;
}
