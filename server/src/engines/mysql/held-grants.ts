/**
 * Reads what `SHOW GRANTS` prints. It is the one account of privileges that the server gives both to those who may
 * read its own tables and to an account about itself, so it is parsed exactly; what is not understood is `other`,
 * which nobody of ours may hold.
 */
export interface HeldGrant {
  readonly level: 'global' | 'database' | 'table' | 'role' | 'proxy' | 'other';
  /** A pattern at database level (escaped), a name at table level. */
  readonly database: string;
  readonly table: string;
  /** In capitals; without `USAGE`, which is none. */
  readonly privileges: readonly string[];
  readonly hasColumns: boolean;
  readonly canGrant: boolean;
  /** True for MySQL's partial revokes, which narrow a global privilege. */
  readonly isRevoke: boolean;
  /** The name of who holds it: the account, or a role such as MariaDB's `PUBLIC`. */
  readonly holder: string;
  /** From the privileges to the object, without the holder, who may be followed by a password's hash. */
  readonly text: string;
}

const tokenPattern = /`(?:[^`]|``)*`|'(?:[^'\\]|\\[\s\S]|'')*'|[(),]|[^\s`'(),]+/g;

function tokensOf(line: string): readonly string[] {
  return line.match(tokenPattern) ?? [];
}

/** Null for lines that grant nothing (`USAGE`, default roles). */
export function parseGrant(line: string): HeldGrant | null {
  const tokens = tokensOf(line);
  const [verb] = tokens;
  if (verb !== 'GRANT' && verb !== 'REVOKE') return null;
  const isRevoke = verb === 'REVOKE';
  const end = tokens.indexOf(isRevoke ? 'FROM' : 'TO');
  const stop = end === -1 ? tokens.length : end;
  const on = tokens.indexOf('ON');
  const given = tokens.slice(1, stop);
  const rest = tokens.slice(stop + 1);
  const base = {
    database: '',
    table: '',
    privileges: [] as string[],
    hasColumns: given.includes('('),
    canGrant: rest.includes('OPTION'),
    isRevoke,
    holder: unquote(rest[0] ?? ''),
    text: join(given),
  };
  if (on === -1 || on > stop) return { ...base, level: 'role' };
  const privileges = privilegesOf(tokens.slice(1, on));
  const object = tokens.slice(on + 1, stop);
  if (privileges.includes('PROXY')) return { ...base, level: 'proxy' };
  const granted = { ...base, privileges: privileges.filter((privilege) => privilege !== 'USAGE') };
  if (granted.privileges.length === 0 && !granted.canGrant) return null;
  return { ...granted, ...placeOf(object) };
}

/** Puts blanks back where the server prints them; what is quoted stays as it is. */
function join(tokens: readonly string[]): string {
  return tokens.reduce((text, token) => {
    const isTight = /^(?:[,.@)]|\.\*)$/.test(token) || /[.@(]$/.test(text);
    return text === '' || isTight ? text + token : `${text} ${token}`;
  }, '');
}

function placeOf(object: readonly string[]): Pick<HeldGrant, 'level' | 'database' | 'table'> {
  const [database, dot, table] = object;
  if (object.length === 1 && database === '*.*') return { level: 'global', database: '', table: '' };
  if (database?.startsWith('`') !== true) return { level: 'other', database: '', table: '' };
  if (object.length === 2 && dot === '.*') return { level: 'database', database: unquote(database), table: '' };
  if (object.length === 3 && dot === '.' && table !== undefined) {
    return { level: 'table', database: unquote(database), table: unquote(table) };
  }
  return { level: 'other', database: '', table: '' };
}

/** Words up to a comma are one privilege; columns in parentheses are left out. */
function privilegesOf(tokens: readonly string[]): string[] {
  const privileges: string[] = [];
  let depth = 0;
  let words: string[] = [];
  for (const token of [...tokens, ',']) {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else if (depth > 0) continue;
    else if (token === ',') {
      privileges.push(words.join(' ').toUpperCase());
      words = [];
    } else words.push(token);
  }
  return privileges;
}

function unquote(token: string): string {
  if (token.startsWith('`')) return token.slice(1, -1).replaceAll('``', '`');
  if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
  return token;
}

/** What `SHOW CREATE USER` says beside the password, whose text is skipped. */
export interface HeldSettings {
  readonly isLocked: boolean;
  /** 0 where there is no limit of its own. */
  readonly connectionLimit: number;
  readonly requiresTls: boolean;
  /** How it proves who it is; null where the server does not say. */
  readonly plugin: string | null;
}

function pluginIn(tokens: readonly string[]): string | null {
  const at = tokens.indexOf('IDENTIFIED');
  const plugin = ['WITH', 'VIA'].includes(tokens[at + 1] ?? '') ? tokens[at + 2] : undefined;
  return at === -1 || plugin === undefined ? null : unquote(plugin);
}

export function parseSettings(line: string): HeldSettings {
  const tokens = tokensOf(line);
  const after = (word: string): string | undefined => {
    const index = tokens.indexOf(word);
    return index === -1 ? undefined : tokens[index + 1];
  };
  return {
    isLocked: after('ACCOUNT') === 'LOCK',
    connectionLimit: Number(after('MAX_USER_CONNECTIONS') ?? 0),
    requiresTls: after('REQUIRE') !== undefined && after('REQUIRE') !== 'NONE',
    plugin: pluginIn(tokens),
  };
}
