import type { Grant } from '@tidegate/contract';
import { lazy, Suspense, useState } from 'react';
import { may } from '../../api/abilities.ts';
import { Button } from '../../ui/Button.tsx';

export type Ending = 'revoke' | 'giveBack';

const EndGrantDialog = lazy(() => import('./EndGrantDialog.tsx'));

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
      <Suspense fallback={null}>
        {ending && <EndGrantDialog grantId={grant.id} ending={ending} onClose={() => setEnding(null)} />}
      </Suspense>
    </>
  );
}
