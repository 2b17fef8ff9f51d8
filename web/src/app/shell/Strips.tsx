import { useNavigate } from '@tanstack/react-router';
import { useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { IconAttention } from '../../ui/icons.ts';
import { notify } from '../../ui/notices.ts';
import { beginSession, useMe } from '../session.ts';
import { PauseStrip } from './PauseStrip.tsx';
import css from './Shell.module.css';

/** Above everything: through whose eyes one looks, and what an administrator should do something about. */
export function Strips() {
  const me = useMe();
  return (
    <>
      {me.returnTo && <ReturnStrip name={me.person.name} backTo={me.returnTo.name} />}
      <PauseStrip />
      {me.warnings.map((warning) => (
        <div key={warning.key} className={css.strip}>
          <IconAttention size={16} aria-hidden="true" />
          <span>
            {warning.message} {warning.action}
          </span>
        </div>
      ))}
    </>
  );
}

function ReturnStrip({ name, backTo }: { name: string; backTo: string }) {
  const navigate = useNavigate();
  const back = useSend('POST /me/return', {
    onSuccess: (me) => {
      beginSession(me);
      void navigate({ to: '/' });
    },
    onError: (problem) => notify(problem.message, 'failed'),
  });
  return (
    <div className={css.strip}>
      <span>
        You are looking through the eyes of <strong>{name}</strong>. What you do is recorded, with your name.
      </span>
      <Button isSmall isBusy={back.isPending} onClick={() => back.mutate({})}>
        Back to {backTo}
      </Button>
    </div>
  );
}
