import type { Grant } from '@tidegate/contract';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import { Button } from '../../ui/Button.tsx';
import { onDemand } from '../../ui/on-demand.tsx';

export type Ending = 'revoke' | 'giveBack';

const EndGrantDialog = onDemand(() => import('./EndGrantDialog.tsx'));

/** Revoke and Give back, each with its effect before it happens. */
export function EndGrantButtons({
  grant,
  isSmall,
}: {
  grant: Pick<Grant, 'id' | 'abilities'> & Partial<Pick<Grant, 'holder' | 'project'>>;
  isSmall?: boolean;
}) {
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
      {ending && <EndGrantDialog grant={grant} ending={ending} onClose={() => setEnding(null)} />}
    </>
  );
}
