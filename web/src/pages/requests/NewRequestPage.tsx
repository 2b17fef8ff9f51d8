import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { MissingAccess } from '@tidegate/contract';
import { useState } from 'react';
import type { Reply } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { AttentionNote, ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { Page, PageHeader } from '../../ui/Page.tsx';
import { ProjectPicker } from '../../ui/ProjectPicker.tsx';
import { RequestForm } from '../../ui/request/RequestForm.tsx';
import type { RequestStart } from '../../ui/request/request-draft.ts';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import css from './NewRequestPage.module.css';

const route = getRouteApi('/in/requests/new');

/** Request Querier Role by hand: project, databases, privileges, reason, expiration. */
export function NewRequestPage() {
  const { project: projectId, database: databaseId, grant: grantId, again } = route.useSearch();
  const navigate = useNavigate();
  const project = useQuery({
    ...read('GET /projects/:projectId', { params: { projectId: projectId ?? '' } }),
    enabled: projectId !== undefined,
  });
  const former = useQuery({
    ...read('GET /grants/:grantId', { params: { grantId: grantId ?? '' } }),
    enabled: grantId !== undefined,
  });
  const asked = useQuery({
    ...read('GET /requests/:requestId/draft', { params: { requestId: again ?? '' } }),
    enabled: again !== undefined,
  });
  const [isUsedOnly, setIsUsedOnly] = useState(false);
  const isReady = (grantId === undefined || !former.isPending) && (again === undefined || !asked.isPending);
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
      <ErrorNotice error={former.error ?? asked.error} />
      {asked.data && (
        <FormerRequest former={asked.data} onUsedOnly={() => setIsUsedOnly(true)} isUsedOnly={isUsedOnly} />
      )}
      {project.data && projectId !== undefined && isReady && (
        <RequestForm
          key={`${projectId} ${isUsedOnly}`}
          project={project.data}
          databaseId={databaseId}
          missing={former.data && usedTables(former.data)}
          missingLabel={former.data && 'Tables that were used'}
          from={asked.data && draftOf(again ?? '', asked.data, isUsedOnly)}
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

type Former = Reply<'GET /requests/:requestId/draft'>;

/** What of the former request is gone, and the smaller one that its use suggests. */
function FormerRequest(props: { former: Former; isUsedOnly: boolean; onUsedOnly: () => void }) {
  const { dropped, used } = props.former;
  return (
    <>
      {dropped.length > 0 && <AttentionNote>Not there any more, and left out: {dropped.join(', ')}.</AttentionNote>}
      {used !== null && !props.isUsedOnly && (
        <p className={css.used}>
          {used.sentence}{' '}
          <Button look="link" onClick={props.onUsedOnly}>
            Ask only for what was used
          </Button>
        </p>
      )}
    </>
  );
}

function draftOf(requestId: string, former: Former, isUsedOnly: boolean): RequestStart['from'] {
  const scope = isUsedOnly && former.used !== null ? former.used.scope : former.scope;
  return {
    key: `again ${requestId} ${isUsedOnly ? 'used' : 'whole'}`,
    draft: {
      scopeKind: scope?.kind ?? 'items',
      items: scope?.kind === 'items' ? scope.items : [],
      privileges: former.privileges,
      reason: former.reason,
      ticket: former.ticket ?? '',
      expiry: former.minutes === null ? null : { kind: 'after', minutes: former.minutes },
    },
  };
}
