import { EngineError, type EngineErrorKind } from '../engine.ts';
import { standsBetween } from '../stands-between.ts';

/** The fields of an ErrorResponse (protocol chapter 54.8) that we read. */
export interface ServerMessage extends Error {
  readonly code?: string | undefined;
  readonly position?: string | undefined;
  /** The name of the C function that reported it: not translated, unlike the message. */
  readonly routine?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
}

export interface StatementContext {
  readonly text: string;
  readonly isCancelRequested: boolean;
}

/** SQLSTATE codes; see appendix A of the manual. */
const kinds: Readonly<Record<string, EngineErrorKind>> = {
  '25006': 'read_only',
  '25P03': 'ended_by_administrator',
  '25P04': 'statement_timeout',
  '28000': 'auth_failed',
  '28P01': 'auth_failed',
  '3D000': 'database_missing',
  '3F000': 'unknown_relation',
  '42501': 'access_refused',
  '42601': 'syntax',
  '42P01': 'unknown_relation',
  '53100': 'disk_full',
  '53300': 'too_many_connections',
  '57014': 'cancelled',
  '57P01': 'ended_by_administrator',
  '57P02': 'connection_lost',
  '57P03': 'refused',
  '57P04': 'database_missing',
  '57P05': 'ended_by_administrator',
};

const hints: Partial<Record<EngineErrorKind, string>> = {
  account_locked: 'The account exists but may not log in.',
  auth_failed: 'Check the user name and the password, and that pg_hba.conf admits this user from here.',
  database_missing: 'Check the name of the database.',
  too_many_connections: 'Raise max_connections or the connection limit of the user or database.',
  disk_full: 'Free space on the server.',
};

export function isServerMessage(error: unknown): error is ServerMessage & { code: string } {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)
  );
}

/** What the server said, as one of our kinds. The message is the server's own; it shows no parameters and no secrets. */
export function fromServer(error: ServerMessage, statement?: StatementContext): EngineError {
  const kind = kindOf(error, statement);
  if (statement === undefined && isPooler(error)) return standsBetween(error.message, error);
  const position = error.position === undefined ? null : positionIn(statement?.text ?? '', Number(error.position));
  return new EngineError(kind, withDetail(error), {
    serverCode: error.code ?? null,
    hint: error.hint ?? hints[kind] ?? null,
    position: statement === undefined ? null : position,
    relation: relationOf(error, kind, statement?.text ?? '', position),
    cause: error,
  });
}

/** PgBouncer takes only some parameters of a startup message, and says so with a code of its protocol's own. */
function isPooler({ code, message }: ServerMessage): boolean {
  return code === '08P01' && message.startsWith('unsupported startup parameter');
}

function kindOf(error: ServerMessage, statement: StatementContext | undefined): EngineErrorKind {
  const code = error.code ?? '';
  // One code for two things; the reporting function tells them apart in every language.
  if (code === '42601' && error.routine === 'exec_parse_message') return 'more_than_one_statement';
  if (code === '28000' && error.routine === 'InitializeSessionUserId') return 'account_locked';
  if (code === '57014') return (statement?.isCancelRequested ?? false) ? 'cancelled' : 'statement_timeout';
  return kinds[code] ?? (code.startsWith('08') && statement === undefined ? 'connection_lost' : 'statement_failed');
}

function withDetail(error: ServerMessage): string {
  const text = error.detail === undefined ? error.message : `${error.message} (${error.detail})`;
  return text.length > 4_000 ? `${text.slice(0, 4_000)}…` : text;
}

/** The server counts code points from 1; editors count UTF-16 code units from 0. */
function positionIn(text: string, position: number): number {
  let units = 0;
  let points = 1;
  for (const point of text) {
    if (points >= position) break;
    units += point.length;
    points += 1;
  }
  return units;
}

function relationOf(
  error: ServerMessage,
  kind: EngineErrorKind,
  text: string,
  position: number | null,
): { schema: string | null; name: string } | null {
  if (kind === 'unknown_relation' && error.code === '42P01' && position !== null) return nameAt(text, position);
  if (kind !== 'access_refused') return null;
  // No field carries the name (aclcheck_error); other languages than English leave it unnamed.
  const named = /^permission denied for (?:table|view|materialized view|foreign table|relation|sequence) (.+)$/.exec(
    error.message,
  );
  return named?.[1] === undefined ? null : { schema: null, name: named[1] };
}

const namePart = String.raw`"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*`;
const qualifiedName = new RegExp(String.raw`(${namePart})(?:\s*\.\s*(${namePart}))?(?:\s*\.\s*(${namePart}))?`, 'uy');

/** The name that stands at a position of a statement, folded as the server folds it. */
function nameAt(text: string, position: number): { schema: string | null; name: string } | null {
  qualifiedName.lastIndex = position;
  const parts = qualifiedName
    .exec(text)
    ?.slice(1)
    .filter((part) => part !== undefined)
    .map(unquote);
  const name = parts?.at(-1);
  return name === undefined ? null : { schema: parts?.at(-2) ?? null, name };
}

function unquote(part: string): string {
  // Unquoted names fold ASCII letters only in UTF-8 databases.
  return part.startsWith('"')
    ? part.slice(1, -1).replaceAll('""', '"')
    : part.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Anything that an administrative statement failed with. */
export function toEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  if (isServerMessage(error)) return fromServer(error);
  const { message } = error instanceof Error ? error : { message: String(error) };
  return new EngineError('connection_lost', `The connection to the server was lost: ${message}`, { cause: error });
}
