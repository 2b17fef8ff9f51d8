import { useQuery } from '@tanstack/react-query';
import type { Grant } from '@tidegate/contract';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import { read, useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';

type Ending = 'revoke' | 'giveBack';

/** Revoke and Give back, each with its effect before it happens. */
export function EndGrantButtons({ grant, isSmall }: { grant: Pick<Grant, 'id' | 'abilities'>; isSmall?: boolean }) {
  const [ending, setEnding] = useState<Ending | null>(null);
  const size = isSmall ? { isSmall } : {};
  return (
    <>
      {may(grant, 'giveBack') && (
        <Button {...size} onClick={() => setEnding('giveBack')}>
          Give back
        </Button>
      )}
      {may(grant, 'revoke') && (
        <Button {...size} look="danger" onClick={() => setEnding('revoke')}>
          Revoke
        </Button>
      )}
      {ending && <EndDialog grantId={grant.id} ending={ending} onClose={() => setEnding(null)} />}
    </>
  );
}

function EndDialog({ grantId, ending, onClose }: { grantId: string; ending: Ending; onClose: () => void }) {
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
