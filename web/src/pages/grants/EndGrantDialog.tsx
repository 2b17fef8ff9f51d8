import { useQuery } from '@tanstack/react-query';
import type { Grant } from '@tidegate/contract';
import { useState } from 'react';
import { read, useSend } from '../../api/queries.ts';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import { CheckField } from '../../ui/Field.tsx';
import type { Ending } from './EndGrantButtons.tsx';

interface EndGrantDialogProps {
  grant: Pick<Grant, 'id'> & Partial<Pick<Grant, 'holder' | 'project'>>;
  ending: Ending;
  onClose: () => void;
}

/** States what ending the grant would end, as the server sees it now, and ends it; or all that its holder has there. */
export default function EndGrantDialog({ grant, ending, onClose }: EndGrantDialogProps) {
  const [isAll, setIsAll] = useState(false);
  const { holder, project } = grant;
  const isRevoke = ending === 'revoke';
  const end = useEnding(grant.id, ending, onClose);
  const all = useRevokeAll(isAll ? holder?.id : undefined, project?.id, onClose);
  const chosen = isAll ? all : end;
  return (
    <ConfirmEffect
      title={isRevoke ? 'Revoke this grant' : 'Give this grant back'}
      effect={chosen.effect.data?.sentence}
      effectProblem={chosen.effect.error}
      verb={isRevoke ? (isAll ? 'Revoke all now' : 'Revoke now') : 'Give back now'}
      isDestructive
      {...(isRevoke ? { noteLabel: 'Note for the record' } : {})}
      isBusy={chosen.isBusy}
      problem={chosen.problem}
      onConfirm={chosen.carryOut}
      onClose={onClose}
    >
      {isRevoke && holder?.kind === 'person' && project && (
        <CheckField
          label={`Everything else that ${holder.name} holds in ${project.name}, too`}
          isChecked={isAll}
          onChange={setIsAll}
        />
      )}
    </ConfirmEffect>
  );
}

function useEnding(grantId: string, ending: Ending, onSuccess: () => void) {
  const params = { grantId };
  const effect = useQuery({ ...read('GET /grants/:grantId/effect', { params }), staleTime: 0 });
  const revoke = useSend('POST /grants/:grantId/revoke', { onSuccess });
  const giveBack = useSend('POST /grants/:grantId/give-back', { onSuccess });
  return {
    effect,
    isBusy: revoke.isPending || giveBack.isPending,
    problem: revoke.error ?? giveBack.error,
    carryOut: (note: string) =>
      ending === 'revoke' ? revoke.mutate({ params, body: { note } }) : giveBack.mutate({ params }),
  };
}

function useRevokeAll(personId: string | undefined, projectId: string | undefined, onSuccess: () => void) {
  const params = { personId: personId ?? '' };
  const effect = useQuery({
    ...read('GET /people/:personId/access/effect', { params, query: { projectId } }),
    enabled: personId !== undefined && projectId !== undefined,
    staleTime: 0,
  });
  const revoke = useSend('POST /people/:personId/access/revoke', { onSuccess });
  return {
    effect,
    isBusy: revoke.isPending,
    problem: revoke.error,
    carryOut: (note: string) => revoke.mutate({ params, body: { projectId: projectId ?? null, note } }),
  };
}
