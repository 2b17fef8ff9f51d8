import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { callApi, type ItemOf, type Reply } from '../../api/client.ts';
import type { ApiProblem } from '../../api/problem.ts';
import { read } from '../../api/queries.ts';
import { type GrantedTable, grantedTables } from './granted-tables.ts';

export type EditorDatabase = ItemOf<'GET /editor/databases'>;
export type EditorRelation = ItemOf<'GET /databases/:databaseId/relations'>;

const pageSize = 100;

/** Databases for the editor, readable ones first; searched and paged on the server. */
export function useDatabases(search: string) {
  const databases = useInfiniteQuery<Reply<'GET /editor/databases'>, ApiProblem>({
    queryKey: ['GET /editor/databases', 'tree', search],
    queryFn: ({ signal, pageParam }) =>
      callApi('GET /editor/databases', { query: { search, page: Number(pageParam), pageSize } }, { signal }),
    initialPageParam: 1,
    getNextPageParam: (last) => (last.page * last.pageSize < last.total ? last.page + 1 : undefined),
    placeholderData: keepPreviousData,
  });
  return { ...databases, items: databases.data?.pages.flatMap((page) => page.items) ?? [] };
}

/** The tables and views of a database; searched and paged on the server. */
export function useRelations(databaseId: string, search: string, isOpen: boolean) {
  const relations = useInfiniteQuery<Reply<'GET /databases/:databaseId/relations'>, ApiProblem>({
    queryKey: ['GET /databases/:databaseId/relations', 'editor', databaseId, search],
    queryFn: ({ signal, pageParam }) =>
      callApi(
        'GET /databases/:databaseId/relations',
        { params: { databaseId }, query: { search, page: Number(pageParam), pageSize } },
        { signal },
      ),
    initialPageParam: 1,
    getNextPageParam: (last) => (last.page * last.pageSize < last.total ? last.page + 1 : undefined),
    placeholderData: keepPreviousData,
    enabled: isOpen,
  });
  return { ...relations, items: relations.data?.pages.flatMap((page) => page.items) ?? [] };
}

/** The tables that were granted one by one; null while unknown, or where more than single tables was granted. */
export function useGrantedTables(databaseId: string, isWanted: boolean): readonly GrantedTable[] | null {
  const access = useQuery({ ...read('GET /my-access'), enabled: isWanted });
  return isWanted && access.data ? grantedTables(access.data.items, databaseId) : null;
}

/** Whether nothing of a database can be read by the person now. */
export function isLocked({ myAccess }: Pick<EditorDatabase, 'myAccess'>): boolean {
  return myAccess.read === 'none' && myAccess.write === 'none';
}

/** Access that was given to the person, apart from what he has by administering. */
export function isGranted({ myAccess }: Pick<EditorDatabase, 'myAccess'>): boolean {
  return myAccess.read !== 'none' && !myAccess.byRole;
}
