import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read, useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import { notify } from '../../ui/notices.ts';

interface RevokeAccessProps {
  person: { readonly id: string; readonly name: string };
  /** In one project, or everywhere. */
  project?: { readonly id: string; readonly name: string } | undefined;
  isSmall?: boolean;
}

/** Ends every grant that a person holds, with the effect before it happens. */
export function RevokeAccess({ person, project, isSmall = false }: RevokeAccessProps) {
  const [isAsking, setIsAsking] = useState(false);
  return (
    <>
      <Button look="danger" isSmall={isSmall} onClick={() => setIsAsking(true)}>
        Revoke all access{project ? ' here' : ''}
      </Button>
      {isAsking && <RevokeAccessDialog {...{ person, project }} onClose={() => setIsAsking(false)} />}
    </>
  );
}

function RevokeAccessDialog({ person, project, onClose }: RevokeAccessProps & { onClose: () => void }) {
  const params = { personId: person.id };
  const query = { projectId: project?.id };
  const effect = useQuery({ ...read('GET /people/:personId/access/effect', { params, query }), staleTime: 0 });
  const revoke = useSend('POST /people/:personId/access/revoke', {
    onSuccess: ({ grants }) => {
      notify(grants === 1 ? '1 grant is ending now.' : `${grants} grants are ending now.`);
      onClose();
    },
  });
  return (
    <ConfirmEffect
      title={`Revoke all access of ${person.name}${project ? ` in ${project.name}` : ''}`}
      effect={effect.data?.sentence}
      effectProblem={effect.error}
      verb="Revoke all now"
      isDestructive
      noteLabel="Note for the record"
      isBusy={revoke.isPending}
      problem={revoke.error}
      onConfirm={(note) => revoke.mutate({ params, body: { projectId: project?.id ?? null, note } })}
      onClose={onClose}
    />
  );
}
