import { Outlet } from '@tanstack/react-router';

/** What a project's screens share; the navigation at the left shows the project itself. */
export function ProjectFrame() {
  return <Outlet />;
}
