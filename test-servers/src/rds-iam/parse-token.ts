/** A token taken apart, nothing believed yet. */
export interface ParsedToken {
  readonly host: string;
  readonly port: string;
  readonly parameters: ReadonlyMap<string, string>;
}

export type Unreadable = 'malformed' | 'duplicate_parameter';

/** `host:port/?name=value&…`, without a scheme. A name that comes twice is refused: two readers could choose differently. */
export function parseToken(token: string): ParsedToken | Unreadable {
  const found = /^(?<host>[a-z\d.-]+):(?<port>\d{1,5})\/\?(?<query>[\x21-\x7e]+)$/.exec(token)?.groups;
  if (found === undefined) return 'malformed';
  const parameters = new Map<string, string>();
  const seen = new Set<string>();
  for (const pair of (found['query'] ?? '').split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 1) return 'malformed';
    const name = decode(pair.slice(0, equals));
    const value = decode(pair.slice(equals + 1));
    if (name === undefined || value === undefined) return 'malformed';
    // In whatever case: some readers do not tell them apart.
    if (seen.has(name.toLowerCase())) return 'duplicate_parameter';
    seen.add(name.toLowerCase());
    parameters.set(name, value);
  }
  return { host: found['host'] ?? '', port: found['port'] ?? '', parameters };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
