import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Outlet } from '@tanstack/react-router';
import { read } from '../../api/queries.ts';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { Page, PageHeader } from '../../ui/Page.tsx';

const route = getRouteApi('/in/projects/$projectId');

/** What a project's screens share: without the project there are none. The navigation at the left shows the project. */
export function ProjectFrame() {
  const { projectId } = route.useParams();
  const project = useQuery(read('GET /projects/:projectId', { params: { projectId } }));
  if (!project.error || project.data) return <Outlet />;
  return (
    <Page>
      <PageHeader title="Project" />
      <ErrorNotice error={project.error} onRetry={() => void project.refetch()} />
    </Page>
  );
}
