import type { Query, QueryClient } from '@tanstack/react-query';

/**
 * Reads anew what is on the screen. A first answer that is still on its way may have been given before the change, and
 * the query client would let it count as new: it is asked for once more when it has come.
 */
export function readAgain(client: QueryClient, which: (query: Query) => boolean = () => true): void {
  const isOnItsWay = (query: Query) => query.state.fetchStatus === 'fetching' && query.state.data === undefined;
  for (const query of client.getQueryCache().findAll({ predicate: which })) {
    if (!isOnItsWay(query)) continue;
    const again = () => void client.invalidateQueries({ predicate: (other) => other === query });
    query.promise?.then(again, again);
  }
  void client.invalidateQueries({ predicate: (query) => which(query) && !isOnItsWay(query) });
}
