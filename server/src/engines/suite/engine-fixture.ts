import type { Engine, EngineKind, InstanceTarget, ResultColumn } from '../engine.ts';

export type TextRow = readonly (string | null)[];

/** A running server and everything that the shared cases need to know about it. */
export interface EngineFixture {
  readonly engine: Engine;
  /** As the connecting user, who is no superuser: he owns the databases of `createDatabase` and may make accounts. */
  readonly target: InstanceTarget;
  readonly dialect: EngineDialect;
  /** Runs one statement as the server's all-powerful user; rows as text. */
  superuser(database: string, sql: string): Promise<readonly TextRow[]>;
  /** Runs one statement as the connecting user. */
  owner(database: string, sql: string): Promise<readonly TextRow[]>;
  /** Makes a database whose tables the connecting user may grant; it replaces one of the same name. */
  createDatabase(name: string): Promise<void>;
  dropDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** A value as the server prints it; `text` is what must arrive, to the last character. */
export interface ExactValue {
  /** An expression that can stand behind `select`. */
  readonly expression: string;
  readonly text: string | null;
  readonly shape: ResultColumn['shape'];
  /** The server's type name. */
  readonly type: string;
}

/** How one engine says what the shared cases mean. Table references are quoted already. */
export interface EngineDialect {
  readonly kind: EngineKind;
  /** `public`, or `''` where a database has no schemas inside it. */
  readonly defaultSchema: string;
  quote(name: string): string;
  /** Names that the server takes for databases, schemas and tables and that break careless quoting. */
  readonly hostileNames: readonly string[];
  /** A table with `id`, generated when it is left out (a sequence, where there are some), and `amount integer`. */
  createTable(table: string): string;
  createTemporaryTable(name: string): string;
  /** Reads the table and does not end by itself within a minute. */
  longRead(table: string): string;
  /** Adds 1 to `amount` of the first row and does not end by itself within a minute. */
  longUpdate(table: string): string;
  /** Fails at once when somebody else holds a lock on a row of the table. */
  lockRowsNow(table: string): string;
  /** Statements that leave a cursor open in a transaction, and one that reads on; null where there are none. */
  readonly cursor: { open(table: string): readonly string[]; readonly fetch: string } | null;
  /** What a session of an account with `write` on the table can hold at the server, or is refused. */
  readonly holds: readonly {
    readonly what: string;
    begin(table: string): readonly string[];
    /** Superuser's statement: rows while it is held. */
    readonly heldQuery: string;
    readonly isRefused: boolean;
  }[];
  /** Superuser's statement: a row of (id, running statement or null) for each session of the account. */
  sessionsOf(account: string): string;
  /** True of a session that was killed and is only still listed; null where the server lists none such. */
  readonly isKilled: string | null;
  /** Superuser's statement that ends one session. */
  endSession(backendId: string): string;
  /** Superuser's statement that gives the account a privilege that no spec gives: `INSERT` on the table. */
  grantByHand(account: string, database: string, table: string): string;
  /** Superuser's statement that opens a table to everybody, as the capability check must find it. */
  openToEverybody(database: string, table: string): readonly string[];
  /** A statement of `count` rows with one column of about 100 characters. */
  manyRows(count: number): string;
  /** A statement whose one value is a text of `length` characters `x`. */
  longText(length: number): string;
  /** A statement whose one value is `length` bytes `ff`. */
  longBinary(length: number): string;
  /** How binary begins before its hex digits: `\x` or `0x`. */
  readonly binaryPrefix: string;
  readonly values: readonly ExactValue[];
  /** A statement that parses, touches no table and fails when it runs. */
  readonly failing: string;
  /** Column names of `select 1, ''` with the two columns named alike or not at all. */
  readonly sameNames: { readonly sql: string; readonly names: readonly string[] };
  /** The database to ask for when a missing one is meant, as a session would. */
  readonly missingDatabase: string;
}
