import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { MissingAccess } from '@tidegate/contract';
import type { Reply } from '../../api/client.ts';
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
  const { project: projectId, database: databaseId, grant: grantId } = route.useSearch();
  const navigate = useNavigate();
  const project = useQuery({
    ...read('GET /projects/:projectId', { params: { projectId: projectId ?? '' } }),
    enabled: projectId !== undefined,
  });
  const former = useQuery({
    ...read('GET /grants/:grantId', { params: { grantId: grantId ?? '' } }),
    enabled: grantId !== undefined,
  });
  const isReady = grantId === undefined || !former.isPending;
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
      {project.data && projectId !== undefined && isReady && (
        <RequestForm
          key={projectId}
          project={project.data}
          databaseId={databaseId}
          missing={former.data && usedTables(former.data)}
          missingLabel={former.data && 'Tables that were used'}
          onSent={({ id }) => void navigate({ to: '/requests/$requestId', params: { requestId: id } })}
        />
      )}
    </Page>
  );
}

/** What was used of a former grant, as something to ask for again; undefined where nothing was. */
function usedTables({ receipt, privileges }: Reply<'GET /grants/:grantId'>): MissingAccess[] | undefined {
  if (receipt.used.length === 0) return undefined;
  const kept = privileges.filter((privilege) => privilege !== 'write' || receipt.hasWritten);
  const wanted = kept.length === 0 ? (['read'] as const) : kept;
  return receipt.used.flatMap(({ databaseId, database, schema, table }) =>
    wanted.map((privilege) => ({ databaseId, databaseName: database, schema, table, privilege, isRequestable: true })),
  );
}
