import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import { useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { onDemand } from '../../ui/on-demand.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import css from './RequestPage.module.css';
import type { RequestDetail } from './RequestPage.tsx';

const EditRequestDrawer = onDemand(() => import('./EditRequestDrawer.tsx'));

/** A request that is not decided, for one who cannot decide it: mostly the requester himself. */
export function OwnRequest({ request }: { request: RequestDetail }) {
  const [isEditing, setIsEditing] = useState(false);
  const params = { requestId: request.id };
  const withdraw = useSend('POST /requests/:requestId/withdraw');
  const remind = useSend('POST /requests/:requestId/remind');
  const { typicalMinutes } = request.flow;
  const isWanted = request.state === 'changes_wanted';
  const usually = typicalMinutes === null ? '' : `, usually within ${Math.max(1, Math.round(typicalMinutes))} min`;
  return (
    <section className={css.decide} aria-label="Waiting">
      <p>
        {isWanted
          ? `Changes are wanted: it waits for ${may(request, 'edit') ? 'you' : request.requester.name}.`
          : `Waiting for a decision${usually}.`}
      </p>
      <div className={css.buttons}>
        {may(request, 'edit') && (
          <Button look={isWanted ? 'primary' : 'plain'} onClick={() => setIsEditing(true)}>
            Change
          </Button>
        )}
        {may(request, 'remind') && (
          <Button isBusy={remind.isPending} onClick={() => remind.mutate({ params })}>
            Remind
          </Button>
        )}
        {may(request, 'withdraw') && (
          <Button look="quiet" isBusy={withdraw.isPending} onClick={() => withdraw.mutate({ params })}>
            Withdraw
          </Button>
        )}
      </div>
      {!may(request, 'remind') && request.remindableAt !== null && may(request, 'withdraw') && !isWanted && (
        <p className={css.soft}>
          You can remind again <RelativeTime at={request.remindableAt} />.
        </p>
      )}
      <ErrorNotice error={withdraw.error ?? remind.error} />
      {isEditing && <EditRequestDrawer request={request} onClose={() => setIsEditing(false)} />}
    </section>
  );
}
