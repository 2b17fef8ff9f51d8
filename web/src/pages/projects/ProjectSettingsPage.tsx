import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import type { Reply } from '../../api/client.ts';
import { read, useSend } from '../../api/queries.ts';
import { plural } from '../../lib/plural.ts';
import { Button } from '../../ui/Button.tsx';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { TextField } from '../../ui/Field.tsx';
import { notify } from '../../ui/notices.ts';
import { Form, FormActions, Page, PageHeader, Section } from '../../ui/Page.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import { ProjectApproval } from '../approval/ProjectApproval.tsx';
import { ArchivedNote } from './ArchivedNote.tsx';
import { DeleteProject } from './DeleteProject.tsx';
import { HiddenNames } from './HiddenNames.tsx';

type Project = Reply<'GET /projects/:projectId'>;

const route = getRouteApi('/in/projects/$projectId/settings');

export function ProjectSettingsPage() {
  const { projectId } = route.useParams();
  const project = useQuery(read('GET /projects/:projectId', { params: { projectId } }));
  return (
    <Page isNarrow>
      <PageHeader title="Settings" />
      <ErrorNotice error={project.error} onRetry={() => void project.refetch()} />
      {project.isPending && <SkeletonBlock lines={5} />}
      <ArchivedNote project={project.data} />
      {project.data && <Rename key={project.data.name} project={project.data} />}
      {project.data && <ProjectApproval projectId={projectId} />}
      {project.data && <HiddenNames project={project.data} />}
      {project.data && <Archive project={project.data} />}
      {project.data && <DeleteProject project={project.data} />}
    </Page>
  );
}

function Rename({ project }: { project: Project }) {
  const [name, setName] = useState(project.name);
  const rename = useSend('PATCH /projects/:projectId', { onSuccess: () => notify('Renamed.') });
  const mayRename = may(project, 'rename');
  return (
    <Form
      label="Name"
      onSubmit={() => rename.mutate({ params: { projectId: project.id }, body: { name: name.trim() } })}
    >
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        disabled={!mayRename}
        error={rename.error?.fields['name']}
      />
      <ErrorNotice error={rename.error} />
      {mayRename && (
        <FormActions>
          <Button type="submit" isBusy={rename.isPending} disabled={name.trim() === '' || name.trim() === project.name}>
            Rename
          </Button>
        </FormActions>
      )}
    </Form>
  );
}

function Archive({ project }: { project: Project }) {
  const [isAsking, setIsAsking] = useState(false);
  const change = useSend('PATCH /projects/:projectId', { onSuccess: () => setIsAsking(false) });
  const grants = useQuery({
    ...read('GET /grants', { query: { projectId: project.id, mine: 'false', state: 'live', pageSize: 1 } }),
    enabled: isAsking,
  });
  const to = (state: 'active' | 'archived') => change.mutate({ params: { projectId: project.id }, body: { state } });
  if (may(project, 'restore')) {
    return (
      <Section title="Restore">
        <p>People may ask for access again. Access that was closed stays closed.</p>
        <ErrorNotice error={change.error} />
        <FormActions>
          <Button isBusy={change.isPending} onClick={() => to('active')}>
            Restore project
          </Button>
        </FormActions>
      </Section>
    );
  }
  if (!may(project, 'archive')) return null;
  const live = grants.data?.total ?? 0;
  return (
    <Section title="Archive">
      <p>All access that this project gave is closed, and nobody can ask for more. What was recorded stays.</p>
      <FormActions>
        <Button look="danger" onClick={() => setIsAsking(true)}>
          Archive project
        </Button>
      </FormActions>
      {isAsking && (
        <ConfirmEffect
          title={`Archive ${project.name}`}
          effect={
            grants.data &&
            `${plural(live, 'grant ends', 'grants end')} at once, running statements included; ${plural(project.pendingRequests, 'waiting request is', 'waiting requests are')} no longer decided.`
          }
          effectProblem={grants.error}
          verb="Archive"
          isDestructive
          isBusy={change.isPending}
          problem={change.error}
          onConfirm={() => to('archived')}
          onClose={() => setIsAsking(false)}
        />
      )}
    </Section>
  );
}
