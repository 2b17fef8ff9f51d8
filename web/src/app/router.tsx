import { createRouter } from '@tanstack/react-router';
import { NotFoundScreen, PendingScreen, ScreenFailure } from './RootScreen.tsx';
import { routeTree } from './routes.tsx';
import { parseSearch, stringifySearch } from './search.ts';
import { guardSession } from './session.ts';

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultPreloadDelay: 60,
  defaultPendingMs: 300,
  defaultPendingComponent: PendingScreen,
  defaultErrorComponent: ScreenFailure,
  defaultNotFoundComponent: NotFoundScreen,
  scrollRestoration: true,
});

guardSession({
  signIn: (place) => void router.navigate({ to: '/sign-in', search: { to: place } }),
  passwordChange: () => void router.navigate({ to: '/password' }),
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
