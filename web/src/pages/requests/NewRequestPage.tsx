import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { read } from '../../api/queries.ts';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { Page, PageHeader } from '../../ui/Page.tsx';
import { ProjectPicker } from '../../ui/ProjectPicker.tsx';
import { RequestForm } from '../../ui/request/RequestForm.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import css from './NewRequestPage.module.css';

const route = getRouteApi('/in/requests/new');

/** Request Querier Role by hand: project, databases, privileges, reason, expiration. */
export function NewRequestPage() {
  const { project: projectId, database: databaseId } = route.useSearch();
  const navigate = useNavigate();
  const project = useQuery({
    ...read('GET /projects/:projectId', { params: { projectId: projectId ?? '' } }),
    enabled: projectId !== undefined,
  });
  return (
    <Page isNarrow>
      <PageHeader
        title="Request Querier Role"
        lead="Ask for what the task needs, for as long as it needs. Access ends by itself."
      />
      <div className={css.project}>
        <ProjectPicker
          label="Project"
          chosen={project.data?.name ?? ''}
          onChoose={({ id }) => void navigate({ to: '/requests/new', search: { project: id }, replace: true })}
        />
      </div>
      <ErrorNotice error={project.error} />
      {projectId !== undefined && project.isPending && <SkeletonBlock lines={6} />}
      {project.data && projectId !== undefined && (
        <RequestForm
          key={projectId}
          project={project.data}
          databaseId={databaseId}
          onSent={({ id }) => void navigate({ to: '/requests/$requestId', params: { requestId: id } })}
        />
      )}
    </Page>
  );
}
