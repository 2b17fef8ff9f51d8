/**
 * The address bar holds the state of every list as plain text: `?search=hr&page=2`. Each route says which keys it
 * understands; everything else, and everything empty, is left out.
 */
export type SearchText = Readonly<Record<string, string | undefined>>;

export function parseSearch(text: string): SearchText {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== '') query.set(key, String(value));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** What a list is looking at. */
export interface ListSearch {
  search?: string | undefined;
  page?: number | undefined;
}

export function listSearch(given: SearchText): ListSearch {
  return { ...text('search', given), ...pageOnly(given) };
}

export function pageOnly(given: SearchText): Pick<ListSearch, 'page'> {
  const page = Number(given['page']);
  return Number.isInteger(page) && page > 1 ? { page } : {};
}

/** One free-text key, when it is there. */
export function text<K extends string>(key: K, given: SearchText): { [P in K]?: string | undefined } {
  const value = given[key];
  return (value === undefined || value === '' ? {} : { [key]: String(value) }) as { [P in K]?: string | undefined };
}

/** One key with a closed list of values; anything else counts as absent. */
export function oneOf<K extends string, const V extends string>(
  key: K,
  values: readonly V[],
  given: SearchText,
): { [P in K]?: V | undefined } {
  const value = given[key];
  return (values.some((allowed) => allowed === value) ? { [key]: value } : {}) as { [P in K]?: V | undefined };
}
