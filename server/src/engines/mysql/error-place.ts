/** MySQL gives no position: it repeats up to 80 bytes of the statement from where it stopped, and the line. */
const nearPattern = /near '([\s\S]*)' at line (\d+)$/;

/** Where the server stopped reading, in UTF-16 code units from 0; null when it cannot be told for sure. */
export function nearPosition(message: string, statement: string): number | null {
  const match = nearPattern.exec(message);
  if (match === null) return null;
  const near = match[1] ?? '';
  const line = Number(match[2]);
  if (near === '') return statement.trimEnd().length;
  // What is repeated reaches to the end of the statement, or was cut (perhaps inside a character).
  if (statement.endsWith(near)) return lineOf(statement, statement.length - near.length, line);
  const lead = near.replace(/\uFFFD+$/, '');
  if (Buffer.byteLength(lead) < 60) return null;
  return lineOf(statement, statement.indexOf(lead, startOfLine(statement, line)), line);
}

function lineOf(statement: string, position: number, line: number): number | null {
  if (position < 0) return null;
  // The line is where the server's reader stood, which may be beyond blanks in front of the text it repeats.
  const reached = statement.slice(0, position).split('\n').length;
  return Math.abs(reached - line) <= 1 ? position : null;
}

function startOfLine(statement: string, line: number): number {
  let start = 0;
  for (let passed = 1; passed < line; passed += 1) {
    const next = statement.indexOf('\n', start);
    if (next === -1) return start;
    start = next + 1;
  }
  return start;
}

/**
 * The table that a refusal names. `schema` is the database, and null where it is the session's own or was not said
 * (an engine without schemas has no other place for it).
 */
export function relationOf(
  message: string,
  database: string | null,
): { readonly schema: string | null; readonly name: string } | null {
  const quoted = / for table `((?:[^`]|``)*)`\.`((?:[^`]|``)*)`/.exec(message);
  if (quoted !== null) return named(unquote(quoted[1]), unquote(quoted[2]), database);
  const bare = / for table '([\s\S]*)'$/.exec(message);
  if (bare?.[1] !== undefined) return { schema: null, name: bare[1] };
  const missing = /^(?:Table|View) '([\s\S]*?)' (?:doesn't exist|references invalid)/.exec(message)?.[1];
  if (missing === undefined) return null;
  if (database !== null && missing.startsWith(`${database}.`)) {
    return { schema: null, name: missing.slice(database.length + 1) };
  }
  const dot = missing.indexOf('.');
  return dot === -1 ? { schema: null, name: missing } : named(missing.slice(0, dot), missing.slice(dot + 1), database);
}

function named(schema: string, name: string, database: string | null) {
  return { schema: schema === database ? null : schema, name };
}

function unquote(name: string | undefined): string {
  return (name ?? '').replaceAll('``', '`');
}
