import type { ItemOf } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import { queryClient } from '../../app/session.ts';

export type CatalogRelation = ItemOf<'GET /databases/:databaseId/completion'>;

const keptMs = 5 * 60_000;

/** Names of one database for completion. What was read once is kept until the database or the access changes. */
export interface CatalogNames {
  /** Tables and views whose name begins with this, in any case. */
  beginningWith(prefix: string): Promise<readonly CatalogRelation[]>;
  /** Those with exactly these names: `table` or `schema.table`, in any case. */
  named(names: readonly string[]): Promise<readonly CatalogRelation[]>;
}

export function catalogNames(databaseId: string): CatalogNames {
  const question = (query: { search?: string; names?: string }) =>
    read('GET /databases/:databaseId/completion', { params: { databaseId }, query });
  const ask = (query: { search?: string; names?: string }) =>
    queryClient.fetchQuery({ ...question(query), staleTime: keptMs, retry: false });
  /** A shorter beginning that was answered in full answers the longer one too. */
  const known = (prefix: string) => {
    for (let length = 1; length < prefix.length; length += 1) {
      const answer = queryClient.getQueryData(question({ search: prefix.slice(0, length) }).queryKey);
      if (answer?.isComplete) return answer;
    }
    return undefined;
  };
  return {
    async beginningWith(prefix) {
      const wanted = prefix.toLowerCase();
      const whole = await ask({});
      const found = whole.isComplete || wanted === '' ? whole : (known(wanted) ?? (await ask({ search: wanted })));
      return found.items.filter((item) => item.name.toLowerCase().startsWith(wanted));
    },
    async named(names) {
      if (names.length === 0) return [];
      const wanted = new Set(names.map((name) => name.toLowerCase()));
      const isWanted = ({ schema, name }: CatalogRelation) =>
        wanted.has(name.toLowerCase()) || wanted.has(`${schema}.${name}`.toLowerCase());
      const whole = await ask({});
      const found = whole.isComplete ? whole : await ask({ names: [...wanted].sort().join(',') });
      return found.items.filter(isWanted);
    },
  };
}
