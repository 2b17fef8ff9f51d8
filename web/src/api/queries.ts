import {
  keepPreviousData,
  queryOptions,
  type UseMutationOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { type Call, type CallArgs, callApi, type Reply, type RouteName } from './client.ts';
import type { ApiProblem } from './problem.ts';
import type { ReadRoute } from './topics.ts';

type WriteRoute = Exclude<RouteName, ReadRoute>;

/** After these somebody else is signed in, or nobody: what is on screen is not read anew but left. */
const changesWhoIsSignedIn: ReadonlySet<string> = new Set<WriteRoute>([
  'POST /register',
  'POST /sign-in',
  'POST /sign-out',
  'POST /sign-out-everywhere',
  'POST /me/continue-as-dev',
  'POST /me/return',
  'POST /invitations/:token/accept',
]);

/**
 * A read of the API as query options. The key is the route and its call, so that live changes find it (`topics.ts`).
 * The former answer stays on screen while a changed search or page is read.
 */
export function read<K extends ReadRoute>(route: K, ...[call]: CallArgs<K>) {
  return queryOptions<Reply<K>, ApiProblem, Reply<K>, readonly [K, Call<K> | undefined]>({
    queryKey: [route, call],
    queryFn: ({ signal }) => callApi(route, call, { signal }),
  });
}

/** Like `read`, for lists: keeps the former page visible while the next one is read. */
export function readPage<K extends ReadRoute>(route: K, ...call: CallArgs<K>) {
  return { ...read(route, ...call), placeholderData: keepPreviousData };
}

/**
 * A change through the API. Whatever is on screen is read anew when it succeeded: the event stream tells everybody else,
 * but the person who acted should not wait for it.
 */
export function useSend<K extends WriteRoute>(
  route: K,
  options: Omit<UseMutationOptions<Reply<K>, ApiProblem, Call<K>>, 'mutationFn'> = {},
) {
  const client = useQueryClient();
  return useMutation<Reply<K>, ApiProblem, Call<K>>({
    ...options,
    mutationFn: (call) => callApi(route, call),
    onSuccess: (...args) => {
      if (!changesWhoIsSignedIn.has(route)) void client.invalidateQueries({ refetchType: 'active' });
      return options.onSuccess?.(...args);
    },
  });
}
