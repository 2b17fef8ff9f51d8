export interface PageQuery {
  readonly search?: string | undefined;
  readonly page: number;
  readonly pageSize: number;
}

export interface Page<T> {
  readonly items: T[];
  readonly total: number;
  readonly page: number;
  readonly pageSize: number;
}

/** A pattern for `ilike` that finds the text anywhere, taking it literally. */
export function containing(text: string): string {
  return `%${literally(text)}%`;
}

export function startingWith(text: string): string {
  return `${literally(text)}%`;
}

function literally(text: string): string {
  return text.replaceAll('\0', '').replace(/[\\%_]/g, '\\$&');
}

export function offsetOf(query: PageQuery): number {
  return (query.page - 1) * query.pageSize;
}
