import { EngineError } from '../engine.ts';

/** PostgreSQL cuts longer names without an error (`NAMEDATALEN`): what is longer must never reach a statement. */
const maxNameBytes = 63;

/** True for a name that the server could have as it is; any other names nothing. */
export function isPossibleName(name: string): boolean {
  return name !== '' && !name.includes('\0') && name.isWellFormed() && Buffer.byteLength(name) <= maxNameBytes;
}

/** Quotes a name; refuses what the server would cut or misread. */
export function quoteName(name: string): string {
  if (!isPossibleName(name)) {
    throw new EngineError('not_supported', `PostgreSQL takes no such name: ${JSON.stringify(name.slice(0, 80))}.`);
  }
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteQualified(schema: string, name: string): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

/** For statements that take no parameters. Relies on `standard_conforming_strings = on`, which our connections set. */
export function quoteLiteral(text: string): string {
  return `'${cleanText(text).replaceAll("'", "''")}'`;
}

/** Text that the server can store as it is: without NUL and halves of surrogate pairs. */
export function cleanText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
