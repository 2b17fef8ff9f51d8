import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import type { Reply } from '../../api/client.ts';
import { useSend } from '../../api/queries.ts';
import { plural } from '../../lib/plural.ts';
import { Button } from '../../ui/Button.tsx';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import { FormActions, Section } from '../../ui/Page.tsx';

/** An archived project may go once every closure has passed. */
export function DeleteProject({ project }: { project: Reply<'GET /projects/:projectId'> }) {
  const [isAsking, setIsAsking] = useState(false);
  const navigate = useNavigate();
  const remove = useSend('DELETE /projects/:projectId', { onSuccess: () => void navigate({ to: '/projects' }) });
  if (!may(project, 'delete')) return null;
  return (
    <Section title="Delete">
      <p>Possible once all access that it gave is proven to be closed. Its databases stay, and so does its record.</p>
      <FormActions>
        <Button look="danger" onClick={() => setIsAsking(true)}>
          Delete project
        </Button>
      </FormActions>
      {isAsking && (
        <ConfirmEffect
          title={`Delete ${project.name}`}
          effect={`${plural(project.databases, 'database is', 'databases are')} in no project then; ${plural(project.members, 'member loses', 'members lose')} the project. This cannot be taken back.`}
          verb="Delete"
          isDestructive
          isBusy={remove.isPending}
          problem={remove.error}
          onConfirm={() => remove.mutate({ params: { projectId: project.id } })}
          onClose={() => setIsAsking(false)}
        />
      )}
    </Section>
  );
}
