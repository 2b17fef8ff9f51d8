/**
 * The contract between Tidegate and a database server. One folder per engine family implements it
 * (`postgres/`, `mysql/`), with the same file names in each; `engine.suite.ts` holds the cases that every
 * implementation must pass on real servers.
 *
 * Rules that hold for every member:
 * - Names come from outside and are hostile: each is quoted by the engine's rules or sent as a parameter.
 * - Errors are `EngineError` with a kind chosen by the driver's code, never by its text.
 * - Nothing here knows grants or people: it is told what an account may do and makes it so.
 * - `schema` is `''` on MySQL and MariaDB, where a database has no schemas inside it.
 */

import type { EngineError } from './engine-error.ts';
import type { InstanceTarget } from './instance-target.ts';

export { EngineError, type EngineErrorKind } from './engine-error.ts';
export type { InstanceTarget, TlsMode, TokenAccounts, TokenSignIn } from './instance-target.ts';

export type EngineKind = 'postgresql' | 'mysql' | 'mariadb';

export interface ServerFacts {
  /** PostgreSQL `system_identifier`, MySQL `server_uuid`, MariaDB `server_uid`: the same server has the same one. */
  readonly identity: string;
  /** As the server says it, e.g. `18.4`, `10.11.14-MariaDB`. */
  readonly version: string;
  readonly engine: EngineKind;
  readonly isReadOnly: boolean;
  readonly isTls: boolean;
}

export type RelationKind = 'table' | 'view' | 'materialized view' | 'foreign table' | 'partitioned table';

export interface CatalogColumn {
  readonly name: string;
  /** The server's own spelling, e.g. `numeric(10,2)`, `varchar(14)`. */
  readonly type: string;
  readonly isNullable: boolean;
  readonly defaultText: string | null;
}

export interface CatalogForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly toSchema: string;
  readonly toTable: string;
  readonly toColumns: readonly string[];
}

export interface CatalogIndex {
  readonly name: string;
  readonly columns: readonly string[];
  readonly isUnique: boolean;
}

export interface CatalogRelation {
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
  /**
   * Changes when the relation is dropped and made again; compared by `isSameRelation`. OID on PostgreSQL; on MySQL the
   * time of creation, which any `ALTER TABLE` renews, and behind `#` the storage engine's number where it may be read.
   */
  readonly identity: string;
  readonly estimatedRows: number | null;
  readonly columns: readonly CatalogColumn[];
  readonly primaryKey: readonly string[];
  readonly foreignKeys: readonly CatalogForeignKey[];
  readonly indexes: readonly CatalogIndex[];
}

/** Which relation has a name now. */
export interface RelationIdentity {
  readonly schema: string;
  readonly name: string;
  readonly identity: string;
}

/** Whether two identities are of one relation: the numbers say so where both are known. */
export function isSameRelation(one: string, other: string): boolean {
  const [made, number = ''] = one.split('#');
  const [otherMade, otherNumber = ''] = other.split('#');
  return number === '' || otherNumber === '' ? made === otherMade : number === otherNumber;
}

export interface CatalogDatabase {
  readonly name: string;
  readonly schemas: readonly string[];
  readonly relations: readonly CatalogRelation[];
  readonly routines: readonly { readonly schema: string; readonly name: string; readonly kind: string }[];
}

/** What the database enforces. `export` is Tidegate's own and never reaches an engine. */
export type DatabasePrivilege = 'read' | 'write';

export interface TableAccess {
  readonly schema: string;
  readonly table: string;
  readonly privilege: DatabasePrivilege;
  /**
   * In a spec: the relation that is meant. Where another one has its name by now, that one is not granted, and not left
   * granted. Absent: whichever has the name. Never in a state.
   */
  readonly identity?: string;
}

/** The union of a person's access to one database. `whole` covers all tables, also later ones. */
export interface DatabaseAccess {
  readonly database: string;
  readonly whole: DatabasePrivilege | null;
  /** Whole schemas, also later tables in them; always empty on MySQL. */
  readonly schemas: readonly { readonly schema: string; readonly privilege: DatabasePrivilege }[];
  readonly tables: readonly TableAccess[];
}

/** Everything one database account may do on one instance. The engine makes exactly this true. */
export interface AccountSpec {
  readonly name: string;
  /** `tg_<installation>_<instance>_`: names of helper roles start with it too. */
  readonly prefix: string;
  /** Whose account it is, for the server's process list and logs. */
  readonly personLabel: string;
  readonly access: readonly DatabaseAccess[];
  readonly connectionLimit: number;
}

export interface AccountChange {
  /** Human-readable, in order: `created account`, `granted read on hr.salary`, `revoked …`, `joined role …`. */
  readonly actions: readonly string[];
  /**
   * Tables or databases of the spec that the server does not have (or has only another of that name), and under a whole scope those that are not the
   * connecting user's to grant; they are left out, not an error.
   */
  readonly missing: readonly string[];
}

export interface EndedSession {
  /** `unseen`: all that the account had; one of them ended whoever looked. */
  readonly backendId: string;
  readonly database: string | null;
  /** The statement that ran, or the last one of an idle transaction; null when idle. At most 2,000 characters. */
  readonly statement: string | null;
  readonly state: 'active' | 'idle' | 'idle in transaction' | 'rolling back' | 'unknown';
  /** How long it had been in that state, milliseconds. */
  readonly durationMs: number | null;
}

export interface LiveSession extends EndedSession {
  readonly connectedAt: Date | null;
}

/** What the server's catalogs say about an account, never what we remember. */
export interface AccountState {
  readonly exists: boolean;
  readonly canLogIn: boolean;
  /** Sessions at the server, without those that are only rolling back. */
  readonly sessions: readonly LiveSession[];
  readonly rollingBack: number;
  /** Effective privileges on tables and databases as found, whole-database and whole-schema roles resolved to those. */
  readonly access: readonly DatabaseAccess[];
  /** Anything else that it holds or owns and must not: memberships, ownership, large objects, grant options. */
  readonly unexpected: readonly string[];
}

export interface ManyAccounts {
  /** As `blockLogin` and `endSessions` in all databases: by name what was ended, of those without a session left. */
  shut(names: readonly string[], timeoutMs: number): Promise<ReadonlyMap<string, readonly EndedSession[]>>;
  /** As `dropAccount` for accounts whose sessions have ended; answers those of which nothing is left, looked up after. */
  dropAccounts(names: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** As `inspectAccount`. */
  inspect(names: readonly string[], prefix: string): Promise<ReadonlyMap<string, AccountState>>;
}

export interface CapabilityFinding {
  readonly key: string;
  readonly severity: 'blocking' | 'wall incomplete' | 'advice';
  /** What is so, and what follows, in words. */
  readonly message: string;
  /** SQL that an operator can run to mend it; null where there is none. */
  readonly sql: string | null;
  readonly database: string | null;
}

export interface CapabilityReport {
  /** True when a throw-away account could be made, used, refused, ended and dropped. */
  readonly canMakeAccounts: boolean;
  readonly findings: readonly CapabilityFinding[];
}

/**
 * Administration of one server as its connecting user. Keeps at most a few connections; safe for concurrent use.
 * Account verbs are idempotent and may be killed anywhere: run again, they finish the work.
 */
export interface EngineAdmin {
  facts(): Promise<ServerFacts>;
  listDatabases(): Promise<readonly string[]>;
  /** Refuses with `database_missing` when it is gone. System schemas are left out. */
  readCatalog(database: string): Promise<CatalogDatabase>;
  /** What `readCatalog` says of identities, quickly: for looking often. Refuses alike. */
  readIdentities(database: string): Promise<readonly RelationIdentity[]>;
  /** Makes and removes a throw-away account in the given databases (all readable ones when empty). */
  checkCapabilities(prefix: string, databases: readonly string[]): Promise<CapabilityReport>;
  /** Adds what is missing, then takes away what is too much; makes the account (without a usable password) if needed. */
  applyAccount(spec: AccountSpec): Promise<AccountChange>;
  /**
   * Sets a fresh password, in no log where possible, and allows login until `blockLogin`, on PostgreSQL for a minute at most.
   * Where accounts sign in by token there is none.
   */
  enableLogin(name: string, password: string): Promise<void>;
  /**
   * `login` runs while the account can log in with this password and no other (but see `company`). Login is blocked when this
   * resolves, not for sure when it rejects. `login` must not reject, nor wait for another verb on the account.
   */
  letIn(name: string, password: string, login: () => Promise<void>): Promise<void>;
  /**
   * No login that begins after it resolves succeeds; one under way may, and holds nothing once the account is dropped. Live
   * sessions are untouched, but for one that holds up the change of its account. Absent account: no error.
   */
  blockLogin(name: string): Promise<void>;
  /**
   * Ends the account's sessions in one database, or all (null), and resolves once the server no longer lists them
   * (rolling back counts as ended). Rejects with `sessions_remain` after `timeoutMs`.
   * Blocks no login by itself; on MySQL it may need `blockLogin` state changes and restores them. There, a connecting
   * user with few rights looks at and ends sessions as the account itself, which may take a new password: call
   * `enableLogin` before the next `openSession`.
   */
  endSessions(name: string, database: string | null, timeoutMs: number): Promise<readonly EndedSession[]>;
  /**
   * Ends its sessions, reassigns (never to the connecting user) or removes what it owns everywhere, revokes
   * everywhere, drops. Absent account: no error. A helper role goes only when nobody is a member of it.
   */
  dropAccount(name: string): Promise<readonly string[]>;
  inspectAccount(name: string, prefix: string): Promise<AccountState>;
  /**
   * For many accounts at once, in as few statements as the engine allows. Each answers with the accounts for
   * which it is done, an absent one too; what is left out, for whatever reason, is for the verbs above, which say why.
   * They reject only where nothing could be done at all.
   */
  readonly many: ManyAccounts;
  /**
   * Names of accounts and helper roles that start with the prefix (exact, no pattern characters), on MySQL also of
   * sessions whose account is gone, where the connecting user sees them. Refuses with `access_refused` where he may not
   * know them.
   */
  listAccounts(prefix: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/**
 * One value as the server's own text; a long one as its beginning with the true length. Characters are code points.
 * Binary is hex digits behind the engine's own sign (`\x` on PostgreSQL, `0x` on MySQL), the head too.
 */
export type Cell =
  | string
  | null
  | { readonly head: string; readonly length: number; readonly unit: 'characters' | 'bytes' };

export interface ResultColumn {
  readonly name: string;
  /** The server's type name, e.g. `int8`, `timestamptz`, `decimal`, `varbinary`. */
  readonly type: string;
  /** How a grid should treat it; never a reason to change the text. */
  readonly shape: 'number' | 'text' | 'binary' | 'json' | 'time' | 'boolean';
}

export interface StatementInput {
  /** Exactly one statement; the engine uses a protocol that refuses a second one. */
  readonly text: string;
  /** Rows delivered before the statement is cut; the rest is not read. */
  readonly maxRows: number;
  /** Characters (bytes for binary) of one value that are delivered. */
  readonly maxCellLength: number;
}

/** Receives a result in order. A returned promise holds the server back until it resolves. */
export interface ResultSink {
  columns(columns: readonly ResultColumn[]): void | Promise<void>;
  rows(rows: readonly (readonly Cell[])[]): void | Promise<void>;
}

export interface StatementOutcome {
  /** The server's command tag or its like, e.g. `SELECT`, `UPDATE`. */
  readonly command: string;
  readonly rowCount: number;
  readonly affectedRows: number | null;
  /** Set when rows were left unread. */
  readonly cut: { readonly rule: 'max_rows'; readonly limit: number } | null;
  readonly notices: readonly string[];
  /** From sending to the last byte read, milliseconds, less the time the sink held it back. */
  readonly databaseMs: number;
  readonly isInTransaction: boolean;
}

/** One open connection of one account to one database. One statement at a time. */
export interface EngineSession {
  readonly backendId: string;
  /** Where unqualified names are looked for when it begins, in order; none on MySQL. */
  readonly schemas: readonly string[];
  /** Rejects with `EngineError`; a statement error leaves the session usable, `connection_lost` ends it. */
  execute(input: StatementInput, sink: ResultSink): Promise<StatementOutcome>;
  /** Asks the server to stop the running statement; resolves when the server took the request. */
  cancel(): Promise<void>;
  /** Takes back `isReadOnly`, between two statements; in a transaction that is open it begins with the next one. */
  allowWrites(): Promise<void>;
  /** Called once when the connection ends for any reason, with the error that ended it if any. */
  onEnd(listener: (error: EngineError | null) => void): void;
  /** Backend ids of its account's sessions; null where nobody else can have come in while the account was let in. */
  company(): Promise<readonly string[] | null>;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly account: string;
  /** Not used where accounts sign in by token. */
  readonly password: string;
  readonly database: string;
  /** Shown in the server's process list where the engine has a place for it. */
  readonly applicationName: string;
  /** True where the person's access to this database has no write: the session defaults to read only (comfort). */
  readonly isReadOnly: boolean;
  /** Milliseconds until the access ends; used for the engine's own time-outs where there are any. */
  readonly remainingMs: number | null;
}

export interface Engine {
  /** Tries to connect once and says in words what is wrong; never throws for a connection problem. */
  probe(target: InstanceTarget): Promise<{ ok: true; facts: ServerFacts } | { ok: false; error: EngineError }>;
  /** Cheap: dials on first use. `onLost` hears of each connection of it that the server or the network broke. */
  admin(target: InstanceTarget, onLost?: () => void): EngineAdmin;
  openSession(target: InstanceTarget, options: SessionOptions): Promise<EngineSession>;
  /** Creates the sample tables and views of `sample/` in an empty database; refuses with `database_not_empty`. */
  loadSample(target: InstanceTarget, database: string): Promise<void>;
}
