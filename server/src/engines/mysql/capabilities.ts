import { randomBytes } from 'node:crypto';
import { type CapabilityFinding, type CapabilityReport, EngineError } from '../engine.ts';
import { accountOf } from '../sign-in.ts';
import { accountNotLetIn } from '../stands-between.ts';
import { type Abilities, readAbilities } from './abilities.ts';
import { type AccountKeys, newPassword } from './account-keys.ts';
import { applyAccount, enableLogin } from './accounts.ts';
import type { AdminConnections } from './admin-connections.ts';
import { listDatabases } from './catalog.ts';
import { dropAccount, endSessions } from './closure.ts';
import { connect, type MySqlConnection } from './connection.ts';
import { type DatabaseReading, quoteAccount, quoteTable, quoteText, quoteWholeDatabase } from './quote.ts';
import { readNature } from './server-facts.ts';
import { findOpenDoors } from './wall-findings.ts';

type Severity = CapabilityFinding['severity'];

function finding(key: string, severity: Severity, message: string, sql: string | null, database: string | null = null) {
  return { key, severity, message, sql, database };
}

/** Makes a throw-away account, gives it one table in each database, uses it, ends it and drops it. */
export async function checkCapabilities(
  admin: AdminConnections,
  keys: AccountKeys,
  prefix: string,
  databases: readonly string[],
): Promise<CapabilityReport> {
  const { isReadOnly, isMariaDb, reading } = await readNature(admin);
  if (isReadOnly) {
    const message = 'The server is read-only: no account can be made on it. Register its writer.';
    return { canMakeAccounts: false, findings: [finding('read_only', 'blocking', message, null)] };
  }
  const [who] = await admin.rows('SELECT CURRENT_USER() AS account');
  const account = who?.['account'] ?? '';
  const at = account.lastIndexOf('@');
  const me = quoteAccount(account.slice(0, at), account.slice(at + 1));
  const findings: CapabilityFinding[] = adviceOn(await readAbilities(admin), me, isMariaDb);
  const trial = new Trial(admin, keys, `${prefix}probe_${randomBytes(3).toString('hex')}`, me, reading);
  const wanted = databases.length > 0 ? databases : await listDatabases(admin);
  findings.push(...(await trial.run(wanted)));
  return {
    canMakeAccounts: !findings.some(({ severity, database }) => severity === 'blocking' && database === null),
    findings,
  };
}

function adviceOn(abilities: Abilities, me: string, isMariaDb: boolean): CapabilityFinding[] {
  const findings: CapabilityFinding[] = [];
  if (!abilities.readsAccounts) {
    const message =
      'The connecting user may not read the server’s accounts: orphaned accounts are not found, and each look at an account logs in as it.';
    findings.push(finding('read_accounts', 'advice', message, `GRANT SELECT ON \`mysql\`.* TO ${me};`));
  }
  if (!abilities.seesSessions || !abilities.endsSessions) {
    const right = isMariaDb ? 'CONNECTION ADMIN' : 'CONNECTION_ADMIN';
    const message =
      'The connecting user may not see and end the sessions of others: they are ended over a connection of the account itself, which sets a new password.';
    findings.push(finding('end_sessions', 'advice', message, `GRANT PROCESS, ${right} ON *.* TO ${me};`));
  }
  return findings;
}

/** One throw-away account from its making to its end. */
class Trial {
  readonly #admin: AdminConnections;
  readonly #keys: AccountKeys;
  readonly #name: string;
  readonly #me: string;
  readonly #reading: DatabaseReading;
  readonly #findings: CapabilityFinding[] = [];

  constructor(admin: AdminConnections, keys: AccountKeys, name: string, me: string, reading: DatabaseReading) {
    this.#admin = admin;
    this.#keys = keys;
    this.#name = name;
    this.#me = me;
    this.#reading = reading;
  }

  async run(databases: readonly string[]): Promise<readonly CapabilityFinding[]> {
    try {
      await this.#make();
    } catch (error) {
      const message = `The connecting user cannot make accounts: ${wordsOf(error)}`;
      this.#findings.push(finding('create_user', 'blocking', message, `GRANT CREATE USER ON *.* TO ${this.#me};`));
      // It may be there though its login could not be enabled; what cannot be dropped now the sweep finds.
      await dropAccount(this.#admin, this.#keys, this.#name).catch(() => undefined);
      return this.#findings;
    }
    try {
      await this.#use(databases);
    } catch (error) {
      this.#findings.push(
        finding('use_account', 'blocking', `A throw-away account could not be used: ${wordsOf(error)}`, null),
      );
    }
    await this.#end();
    return this.#findings;
  }

  async #make(): Promise<void> {
    const spec = { name: this.#name, prefix: '', personLabel: 'capability check', access: [] };
    await applyAccount(this.#admin, this.#keys, { ...spec, connectionLimit: 2 });
    await enableLogin(this.#admin, this.#keys, this.#name, newPassword());
  }

  async #use(databases: readonly string[]): Promise<void> {
    const connection = await this.#logIn();
    try {
      // While it holds nothing at all, whatever it may do, everybody may.
      this.#findings.push(...(await findOpenDoors(this.#admin, connection, databases, this.#reading)));
      for (const database of databases) await this.#tryDatabase(connection, database);
    } finally {
      connection.destroy();
    }
  }

  #logIn(): Promise<MySqlConnection> {
    const { target } = this.#admin;
    const password = this.#keys.find(target, this.#name) ?? '';
    const login = { ...accountOf(target, this.#name, password), database: null, programName: 'Tidegate' };
    return connect(target, login).catch((error: unknown) => {
      const words = error instanceof EngineError ? accountNotLetIn(target, error) : null;
      throw words === null ? error : new EngineError('auth_failed', words, { cause: error });
    });
  }

  /** Grants the whole database and takes it back, then one table; reads that one and is refused another. */
  async #tryDatabase(connection: MySqlConnection, database: string): Promise<void> {
    const account = quoteAccount(this.#name);
    const whole = `SELECT, INSERT, UPDATE, DELETE ON ${quoteWholeDatabase(database, this.#reading)}`;
    try {
      await this.#admin.rows(`GRANT ${whole} TO ${account}`);
      await this.#admin.rows(`REVOKE ${whole} FROM ${account}`);
    } catch (error) {
      const message = `The connecting user cannot grant access to ${database}: ${wordsOf(error)}`;
      const sql = `GRANT ${whole} TO ${this.#me} WITH GRANT OPTION;`;
      this.#findings.push(finding('grant_option', 'blocking', message, sql, database));
      return;
    }
    const [table, other] = await this.#tablesOf(database);
    if (table === undefined) return;
    await this.#admin.rows(`GRANT SELECT ON ${quoteTable(database, table)} TO ${account}`);
    await connection.rows(`SELECT 1 FROM ${quoteTable(database, table)} LIMIT 0`);
    const forbidden = other === undefined ? '`mysql`.`user`' : quoteTable(database, other);
    const refused = await connection.rows(`SELECT 1 FROM ${forbidden} LIMIT 0`).then(() => false, isRefusal);
    if (refused || this.#isOpen(other, database)) return;
    const message = `An account that was granted ${table} of ${database} alone can read ${forbidden} too.`;
    this.#findings.push(finding('leak', 'wall incomplete', message, null, database));
  }

  /** Said already, with its reason. */
  #isOpen(table: string | undefined, database: string): boolean {
    return this.#findings.some(
      (one) => one.severity === 'wall incomplete' && (one.database === database || table === undefined),
    );
  }

  async #tablesOf(database: string): Promise<readonly string[]> {
    const rows = await this.#admin.rows(
      `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${quoteText(database)} AND TABLE_TYPE = 'BASE TABLE' LIMIT 2`,
    );
    return rows.map((row) => row['name'] ?? '');
  }

  /** A live session must be ended, and the account gone after. */
  async #end(): Promise<void> {
    try {
      const session = await this.#logIn();
      const isOver = new Promise<void>((resolve) => session.onEnd(() => resolve()));
      const ended = await endSessions(this.#admin, this.#keys, this.#name, null, 5_000);
      if (ended.length === 0) throw new EngineError('sessions_remain', 'its session was not found');
      await isOver;
    } catch (error) {
      this.#findings.push(finding('end_session', 'blocking', `A session could not be ended: ${wordsOf(error)}`, null));
    }
    try {
      await dropAccount(this.#admin, this.#keys, this.#name);
    } catch (error) {
      const message = `The throw-away account ${this.#name} could not be dropped: ${wordsOf(error)}`;
      this.#findings.push(finding('drop_user', 'blocking', message, `DROP USER ${quoteAccount(this.#name)};`));
    }
  }
}

function isRefusal(error: unknown): boolean {
  if (error instanceof EngineError && error.kind === 'access_refused') return true;
  throw error;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
