import { randomBytes } from 'node:crypto';
import { afterEach, expect } from 'vitest';
import {
  type AccountSpec,
  type Cell,
  type DatabaseAccess,
  type DatabasePrivilege,
  type EngineAdmin,
  EngineError,
  type EngineSession,
  type ResultColumn,
  type SessionOptions,
  type StatementOutcome,
} from '../engine.ts';
import type { EngineDialect, EngineFixture } from './engine-fixture.ts';

export const prefix = 'tg_ab12_cd34_';

export interface Collected {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly Cell[])[];
  readonly outcome: StatementOutcome;
}

/** Runs a statement and keeps all of its result. */
export async function run(
  session: EngineSession,
  text: string,
  limits: { maxRows?: number; maxCellLength?: number } = {},
): Promise<Collected> {
  const columns: ResultColumn[] = [];
  const rows: (readonly Cell[])[] = [];
  const outcome = await session.execute(
    { text, maxRows: limits.maxRows ?? 10_000, maxCellLength: limits.maxCellLength ?? 4_096 },
    { columns: (all) => void columns.push(...all), rows: (batch) => void rows.push(...batch) },
  );
  return { columns, rows, outcome };
}

/** The `EngineError` that a promise rejects with; anything else fails the test. */
export async function refusal(promise: Promise<unknown>): Promise<EngineError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) throw new Error(`expected a refusal, got ${JSON.stringify(outcome.value)}`);
  if (!(outcome.error instanceof EngineError)) throw outcome.error;
  return outcome.error;
}

/** Access to tables of the default schema, by name; the rest as the contract has it. */
export interface Wanted {
  readonly database: string;
  readonly whole?: DatabasePrivilege;
  readonly schemas?: Readonly<Record<string, DatabasePrivilege>>;
  readonly tables?: Readonly<Record<string, DatabasePrivilege>>;
  /** The schema of `tables` when it is not the default one. */
  readonly schema?: string;
}

/** One server, the accounts made on it and the sessions that a case opened; sessions are closed after each case. */
export class Stage {
  readonly #fixture: () => EngineFixture;
  #admin: EngineAdmin | undefined;
  readonly #sessions: EngineSession[] = [];
  #accounts = 0;

  constructor(fixture: () => EngineFixture) {
    this.#fixture = fixture;
    afterEach(async () => {
      await Promise.all(this.#sessions.splice(0).map((session) => session.close()));
    });
  }

  get fixture(): EngineFixture {
    return this.#fixture();
  }

  get dialect(): EngineDialect {
    return this.fixture.dialect;
  }

  get admin(): EngineAdmin {
    this.#admin ??= this.fixture.engine.admin(this.fixture.target);
    return this.#admin;
  }

  async close(): Promise<void> {
    await this.#admin?.close();
  }

  table(name: string, schema: string = this.dialect.defaultSchema): string {
    const { quote } = this.dialect;
    return schema === '' ? quote(name) : `${quote(schema)}.${quote(name)}`;
  }

  /** Makes a database with tables of two rows each: (1, 10) and (2, 20). */
  async createDatabase(name: string, tables: readonly string[] = []): Promise<string> {
    await this.fixture.createDatabase(name);
    for (const table of tables) await this.createTable(name, table);
    return name;
  }

  async createTable(database: string, name: string, schema?: string): Promise<void> {
    const table = this.table(name, schema);
    await this.fixture.owner(database, this.dialect.createTable(table));
    await this.fixture.owner(database, `insert into ${table} (id, amount) values (1, 10), (2, 20)`);
  }

  newAccountName(): string {
    this.#accounts += 1;
    return `${prefix}dev_${String(this.#accounts).padStart(6, '0')}`;
  }

  access(wanted: Wanted): DatabaseAccess {
    const schema = wanted.schema ?? this.dialect.defaultSchema;
    return {
      database: wanted.database,
      whole: wanted.whole ?? null,
      schemas: Object.entries(wanted.schemas ?? {}).map(([name, privilege]) => ({ schema: name, privilege })),
      tables: Object.entries(wanted.tables ?? {}).map(([table, privilege]) => ({ schema, table, privilege })),
    };
  }

  spec(name: string, ...wanted: readonly Wanted[]): AccountSpec {
    return {
      name,
      prefix,
      personLabel: 'Dev Eloper <dev@example.test>',
      access: wanted.map((one) => this.access(one)),
      connectionLimit: 5,
    };
  }

  /** Makes an account with the wanted access that nobody has logged in to. */
  async makeAccount(...wanted: readonly Wanted[]): Promise<string> {
    const name = this.newAccountName();
    await this.admin.applyAccount(this.spec(name, ...wanted));
    return name;
  }

  /** Logs in with a fresh password. */
  async open(account: string, database: string, options: Partial<SessionOptions> = {}): Promise<EngineSession> {
    const password = randomBytes(18).toString('base64url');
    await this.admin.enableLogin(account, password);
    return this.openWith(account, database, { password, ...options });
  }

  async openWith(account: string, database: string, options: Partial<SessionOptions>): Promise<EngineSession> {
    const session = await this.fixture.engine.openSession(this.fixture.target, {
      account,
      database,
      password: '',
      applicationName: 'Tidegate: dev',
      isReadOnly: false,
      remainingMs: null,
      ...options,
    });
    this.#sessions.push(session);
    return session;
  }

  /** What the server itself says about the account's sessions. */
  async sessionsAtServer(account: string): Promise<readonly (readonly (string | null)[])[]> {
    return this.fixture.superuser('', this.dialect.sessionsOf(account));
  }

  /** None lives; one that was killed runs nothing, but is listed until its thread has had a turn. */
  async expectNoneLives(account: string): Promise<void> {
    const { isKilled } = this.dialect;
    const all = this.dialect.sessionsOf(account);
    expect(await this.fixture.superuser('', isKilled === null ? all : `${all} and not ${isKilled}`)).toEqual([]);
    if (isKilled !== null) {
      await expect.poll(() => this.sessionsAtServer(account), { interval: 10, timeout: 10_000 }).toEqual([]);
    }
  }
}
