import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read, useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import { notify } from '../../ui/notices.ts';

interface RevokeAccessProps {
  person: { readonly id: string; readonly name: string };
}

/** Ends every grant that a person holds, in all projects, with the effect before it happens. */
export function RevokeAccess({ person }: RevokeAccessProps) {
  const [isAsking, setIsAsking] = useState(false);
  return (
    <>
      <Button look="danger" onClick={() => setIsAsking(true)}>
        Revoke all access
      </Button>
      {isAsking && <RevokeAccessDialog person={person} onClose={() => setIsAsking(false)} />}
    </>
  );
}

function RevokeAccessDialog({ person, onClose }: RevokeAccessProps & { onClose: () => void }) {
  const params = { personId: person.id };
  const effect = useQuery({ ...read('GET /people/:personId/access/effect', { params }), staleTime: 0 });
  const revoke = useSend('POST /people/:personId/access/revoke', {
    onSuccess: ({ grants }) => {
      notify(grants === 1 ? '1 grant is ending now.' : `${grants} grants are ending now.`);
      onClose();
    },
  });
  return (
    <ConfirmEffect
      title={`Revoke all access of ${person.name}`}
      effect={effect.data?.sentence}
      effectProblem={effect.error}
      verb="Revoke all now"
      isDestructive
      noteLabel="Note for the record"
      isBusy={revoke.isPending}
      problem={revoke.error}
      onConfirm={(note) => revoke.mutate({ params, body: { note } })}
      onClose={onClose}
    />
  );
}
