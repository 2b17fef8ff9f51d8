import { QueryClient, useSuspenseQuery } from '@tanstack/react-query';
import type { Me, Permission } from '@tidegate/contract';
import { setSignInGate } from '../api/client.ts';
import { asProblem } from '../api/problem.ts';
import { read } from '../api/queries.ts';
import { readServerTime } from '../api/server-clock.ts';

const retries = 2;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // A refusal is an answer; only an unreachable or failing server is worth another try.
      retry: (failures, error) => {
        const { status } = asProblem(error);
        return failures < retries && (status === 0 || status >= 500);
      },
      retryDelay: (failures) => 400 * 2 ** failures,
    },
    mutations: { retry: false },
  },
});

export const meQuery = read('GET /me');

/** Who is signed in. Only on screens behind sign-in: the router has read it before they are drawn. */
export function useMe(): Me {
  return useSuspenseQuery({ ...meQuery, staleTime: 60_000 }).data;
}

/** Whether the person holds a permission workspace-wide; what may be done with one entity is in its `abilities`. */
export function useMay(permission: Permission): boolean {
  return useMe().permissions.includes(permission);
}

/** Somebody is signed in now: forget what was read for anybody else. */
export function beginSession(me: Me): void {
  readServerTime(me.serverNow);
  queryClient.setQueryData(meQuery.queryKey, me);
  void queryClient.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== meQuery.queryKey[0] });
}

/** Nobody is signed in any more. Drafts stay. */
export function endSession(): void {
  queryClient.clear();
}

/** A place inside Tidegate to go to after sign-in; anything that could lead elsewhere becomes the home page. */
export function safePlace(place: string | undefined): string {
  if (place === undefined || !/^\/(?![/\\])/.test(place)) return '/';
  const url = new URL(place, location.origin);
  return url.origin === location.origin ? url.pathname + url.search + url.hash : '/';
}

/** Where to send the person when the server no longer knows him, or wants a new password first. */
export function guardSession(goTo: { signIn(place: string): void; passwordChange(): void }): void {
  const publicPlaces = /^\/(sign-in|register|invitation)/;
  setSignInGate({
    onSignedOut: () => {
      if (publicPlaces.test(location.pathname)) return;
      goTo.signIn(location.pathname + location.search + location.hash);
    },
    onPasswordChangeRequired: () => {
      if (location.pathname !== '/password') goTo.passwordChange();
    },
  });
}
