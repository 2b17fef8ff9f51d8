import { useQuery } from '@tanstack/react-query';
import { read, useSend } from '../../api/queries.ts';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import type { Ending } from './EndGrantButtons.tsx';

/** States what ending the grant would end, as the server sees it now, and ends it. */
export default function EndGrantDialog({
  grantId,
  ending,
  onClose,
}: {
  grantId: string;
  ending: Ending;
  onClose: () => void;
}) {
  const effect = useQuery({ ...read('GET /grants/:grantId/effect', { params: { grantId } }), staleTime: 0 });
  const revoke = useSend('POST /grants/:grantId/revoke', { onSuccess: onClose });
  const giveBack = useSend('POST /grants/:grantId/give-back', { onSuccess: onClose });
  const isRevoke = ending === 'revoke';
  return (
    <ConfirmEffect
      title={isRevoke ? 'Revoke this grant' : 'Give this grant back'}
      effect={effect.data?.sentence}
      effectProblem={effect.error}
      verb={isRevoke ? 'Revoke now' : 'Give back now'}
      isDestructive
      {...(isRevoke ? { noteLabel: 'Note for the record' } : {})}
      isBusy={revoke.isPending || giveBack.isPending}
      problem={revoke.error ?? giveBack.error}
      onConfirm={(note) =>
        isRevoke ? revoke.mutate({ params: { grantId }, body: { note } }) : giveBack.mutate({ params: { grantId } })
      }
      onClose={onClose}
    />
  );
}
