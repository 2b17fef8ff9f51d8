import { HeadlessMantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { type ErrorComponentProps, Outlet, useRouter } from '@tanstack/react-router';
import { asProblem, unreachable } from '../api/problem.ts';
import { Button, LinkButton } from '../ui/Button.tsx';
import { ErrorNotice } from '../ui/ErrorNotice.tsx';
import { Notices } from '../ui/Notices.tsx';
import { SkeletonBlock } from '../ui/Skeleton.tsx';
import css from './RootScreen.module.css';
import { queryClient } from './session.ts';
import { useAppliedTheme } from './theme.ts';

const mantineTheme = { respectReducedMotion: true };

/** What is around every screen: theme, answers of the server, notices. */
export function RootScreen() {
  useAppliedTheme();
  return (
    <HeadlessMantineProvider theme={mantineTheme}>
      <QueryClientProvider client={queryClient}>
        <Outlet />
        <Notices />
      </QueryClientProvider>
    </HeadlessMantineProvider>
  );
}

export function PendingScreen() {
  return (
    <div className={css.pending}>
      <SkeletonBlock lines={6} />
    </div>
  );
}

/** The code of a screen did not come: Tidegate is away, or has been upgraded meanwhile. Browsers word it differently. */
function isCodeMissing(error: unknown): boolean {
  return /preload CSS|dynamically imported module|importing a module script/i.test(asProblem(error).message);
}

/** A screen that failed while being drawn or read: what happened, and two ways on. */
export function ScreenFailure({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const isUnloaded = isCodeMissing(error);
  const retry = () => {
    // What could not be loaded is only asked for again by a new page; drafts are kept.
    if (isUnloaded) return location.reload();
    reset();
    void router.invalidate();
  };
  return (
    <main className={css.center}>
      <h1>This screen could not be shown</h1>
      <ErrorNotice error={isUnloaded ? unreachable() : error} />
      <div className={css.actions}>
        <Button look="primary" onClick={retry}>
          Try again
        </Button>
        <LinkButton to="/">Home</LinkButton>
      </div>
    </main>
  );
}

export function NotFoundScreen() {
  return (
    <main className={css.center}>
      <h1>Nothing here</h1>
      <p>This address leads nowhere, or to something that you may not see.</p>
      <div className={css.actions}>
        <LinkButton to="/" look="primary">
          Home
        </LinkButton>
      </div>
    </main>
  );
}
