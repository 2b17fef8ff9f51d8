import { HeadlessMantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { type ErrorComponentProps, Outlet, useRouter } from '@tanstack/react-router';
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

/** A screen that failed while being drawn or read: what happened, and two ways on. */
export function ScreenFailure({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <main className={css.center}>
      <h1>This screen could not be shown</h1>
      <ErrorNotice error={error} />
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
