/**
 * JSON in the one form of RFC 8785: keys in the order of their UTF-16 code units, no blanks, numbers as ECMAScript
 * writes them. What a hash is taken over must come out the same wherever it is made.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
    return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/**
 * A copy that JSON and the store's `jsonb` give back unchanged: dates as text, no `undefined`, and U+FFFD for what
 * PostgreSQL text cannot hold (NUL, lone surrogates), which people do send in statements.
 */
export function storableJson(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const plain = JSON.stringify(value, (_key, entry: unknown) => (typeof entry === 'bigint' ? String(entry) : entry));
  return mendText(JSON.parse(plain)) as Record<string, unknown>;
}

function mendText(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\u0000', '\uFFFD');
  if (Array.isArray(value)) return value.map(mendText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [mendText(key), mendText(entry)]));
}
