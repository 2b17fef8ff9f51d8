import { Outlet } from '@tanstack/react-router';
import { Suspense } from 'react';
import { PendingScreen } from '../RootScreen.tsx';

/** The screen of the current address; its place is kept while its code is loaded. */
export function Screen() {
  return (
    <Suspense fallback={<PendingScreen />}>
      <Outlet />
    </Suspense>
  );
}
