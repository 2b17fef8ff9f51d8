import type { Cell, ResultColumn } from '@tidegate/contract';
import type { Dialect } from '@tidegate/sql-analysis/split';
import { numberWords, plural } from '../../lib/plural.ts';
import { quoteName } from '../sql/quote-name.ts';
import { cellText, isCut } from './cell-words.ts';

/** What is copied: some columns of some rows, as they came. */
export interface CopySource {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly Cell[])[];
  /** In words, when the result itself was cut and its end is part of what is copied. */
  readonly rowCut: string | null;
  readonly dialect: Dialect;
  /** For `INSERT`: the table, where the statement says it. */
  readonly table: string | null;
}

export type CopyFormat = 'tsv' | 'csv' | 'json' | 'markdown' | 'insert' | 'in';

export const copyFormats: readonly { readonly format: CopyFormat; readonly label: string; readonly hint: string }[] = [
  { format: 'tsv', label: 'TSV', hint: 'for spreadsheets' },
  { format: 'csv', label: 'CSV', hint: 'formulas made harmless' },
  { format: 'json', label: 'JSON', hint: 'digits kept' },
  { format: 'markdown', label: 'Markdown', hint: 'a table' },
  { format: 'insert', label: 'INSERT', hint: 'a statement a row' },
  { format: 'in', label: 'IN list', hint: 'the first column' },
];

const writers: Readonly<Record<CopyFormat, (source: CopySource) => string>> = {
  tsv: (source) => separated(source, '\t', tsvCell, '# '),
  csv: (source) => separated(source, ',', csvCell, '# '),
  json,
  markdown,
  insert,
  in: inList,
};

/** The values as text in a format. Nothing is converted, and every cut is named in what comes out. */
export function copyText(format: CopyFormat, source: CopySource): string {
  return writers[format](source);
}

/** What of the copied values is not whole, in a sentence; null when all of it is. */
export function cutNote({ rows, rowCut }: Pick<CopySource, 'rows' | 'rowCut'>): string | null {
  const cut = rows.flat().filter(isCut);
  const lengths = cut.map((cell) => `${numberWords(cell.length)} ${cell.unit}`);
  const values = cut.length === 0 ? null : `${plural(cut.length, 'value')} shortened (whole length ${listed(lengths)})`;
  const parts = [rowCut, values].filter((part) => part !== null);
  return parts.length === 0 ? null : `Tidegate: ${parts.join('; ')}.`;
}

const listed = (words: readonly string[]) =>
  words.length <= 3 ? words.join(', ') : `${words.slice(0, 3).join(', ')} and so on`;

type WriteCell = (text: string | null, column: ResultColumn) => string;

function separated(source: CopySource, separator: string, write: WriteCell, mark: string): string {
  const { columns, rows } = source;
  const head = columns.map((column) => write(column.name, { ...column, shape: 'text' })).join(separator);
  const lines = rows.map((row) =>
    columns.map((column, at) => write(cellText(row[at] ?? null), column)).join(separator),
  );
  const note = cutNote(source);
  return [head, ...lines, ...(note === null ? [] : [mark + note])].join('\n');
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** As spreadsheets take it from the clipboard; NULL is empty, an empty text is `""`. */
function tsvCell(text: string | null): string {
  if (text === null) return '';
  return text === '' || /["\t\n\r]/.test(text) ? quoted(text) : text;
}

const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function csvCell(text: string | null): string {
  if (text === null) return '';
  // A spreadsheet would run what begins like a formula; numbers alone may begin with a sign.
  const safe = /^[=+\-@\t\r]/.test(text) && !isNumber.test(text) ? `'${text}` : text;
  return safe === '' || /[",\n\r]/.test(safe) ? quoted(safe) : safe;
}

function json(source: CopySource): string {
  const { columns, rows } = source;
  const names = columns.map(({ name }) => name);
  const isKeyed = new Set(names).size === names.length && !names.includes('');
  const note = cutNote(source);
  const write = (row: readonly Cell[]) => columns.map((column, at) => jsonValue(row[at] ?? null, column));
  const lines = rows.map((row) => {
    const values = write(row);
    // Names that stand twice would overwrite each other as keys.
    if (!isKeyed) return `[${values.join(', ')}]`;
    return `{${values.map((value, at) => `${JSON.stringify(names[at])}: ${value}`).join(', ')}}`;
  });
  const list = lines.length === 0 ? '[]' : `[\n  ${lines.join(',\n  ')}\n]`;
  if (isKeyed && note === null) return list;
  const head = isKeyed ? '' : `"columns": ${JSON.stringify(names)},\n`;
  const foot = note === null ? '' : `,\n"note": ${JSON.stringify(note)}`;
  return `{\n${head}"rows": ${list}${foot}\n}`;
}

const booleans: Readonly<Record<string, string>> = { t: 'true', true: 'true', f: 'false', false: 'false' };

/** A number only where every reader gets the same digits back; everything else as text, as the server wrote it. */
function jsonValue(cell: Cell, { shape }: ResultColumn): string {
  const text = cellText(cell);
  if (text === null) return 'null';
  if (shape === 'number' && String(Number(text)) === text && Number.isFinite(Number(text))) return text;
  if (shape === 'boolean' && booleans[text] !== undefined) return booleans[text];
  if (shape === 'json' && !isCut(cell) && isJson(text)) return text;
  return JSON.stringify(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function markdown(source: CopySource): string {
  const { columns, rows } = source;
  const plain = (text: string) =>
    text
      .replaceAll('\\', '\\\\')
      .replaceAll('|', '\\|')
      .replaceAll('<', '&lt;')
      .replaceAll(/\r\n|\r|\n/g, '<br>');
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const head = line(columns.map(({ name }) => plain(name)));
  const rule = line(columns.map(({ shape }) => (shape === 'number' ? '---:' : '---')));
  const lines = rows.map((row) =>
    line(columns.map((_, at) => ((text) => (text === null ? '*NULL*' : plain(text)))(cellText(row[at] ?? null)))),
  );
  const note = cutNote(source);
  return [head, rule, ...lines, ...(note === null ? [] : ['', note])].join('\n');
}

function insert(source: CopySource): string {
  const { columns, rows, dialect, table } = source;
  const names = columns.map(({ name }) => quoteName(dialect, name)).join(', ');
  const into = `INSERT INTO ${table ?? 'table_name'} (${names}) VALUES`;
  const lines = rows.map(
    (row) => `${into} (${columns.map((column, at) => literal(row[at] ?? null, column, dialect)).join(', ')});`,
  );
  return [...sqlNote(source), ...lines].join('\n');
}

function inList(source: CopySource): string {
  const { columns, rows, dialect } = source;
  const [column] = columns;
  if (column === undefined) return '()';
  const literals = rows.map((row) => row[0] ?? null).filter((cell) => cell !== null);
  const unique = [...new Set(literals.map((cell) => literal(cell, column, dialect)))];
  return [...sqlNote(source), `(${unique.join(', ')})`].join('\n');
}

const sqlNote = (source: CopySource) => {
  const note = cutNote(source);
  return note === null ? [] : [`-- ${note}`];
};

/** A value as a literal that the engine reads back to the same value. */
function literal(cell: Cell, { shape }: ResultColumn, dialect: Dialect): string {
  const text = cellText(cell);
  if (text === null) return 'NULL';
  if (shape === 'number' && isNumber.test(text)) return text;
  if (shape === 'binary') return binaryLiteral(text, dialect);
  if (shape === 'boolean' && booleans[text] !== undefined) return booleans[text];
  const plain = text.replaceAll("'", "''");
  return `'${dialect === 'postgresql' ? plain : plain.replaceAll('\\', '\\\\')}'`;
}

function binaryLiteral(text: string, dialect: Dialect): string {
  const digits = text.replace(/^(\\x|0x)/i, '');
  return dialect === 'postgresql' ? `'\\x${digits}'` : `X'${digits}'`;
}
