import { useQuery, useQueryClient } from '@tanstack/react-query';
import { may } from '../../api/abilities.ts';
import { read, useSend } from '../../api/queries.ts';
import { cx } from '../../lib/class-names.ts';
import { Button } from '../../ui/Button.tsx';
import { IconAttention } from '../../ui/icons.ts';
import { notify } from '../../ui/notices.ts';
import css from './Shell.module.css';

const lookEveryMs = 60_000;

/** After a restore of the store nothing opens until somebody who may has looked at it. */
export function PauseStrip() {
  const query = read('GET /pause', {});
  const client = useQueryClient();
  const state = useQuery({ ...query, refetchInterval: lookEveryMs });
  const end = useSend('POST /pause/end', {
    onSuccess: () => void client.invalidateQueries({ queryKey: query.queryKey }),
    onError: (problem) => notify(problem.message, 'failed'),
  });
  if (!state.data?.pause) return null;
  return (
    <div className={cx(css.strip, css.wraps)} role="status">
      <IconAttention size={16} aria-hidden="true" />
      <span>
        <strong>Nothing opens for now.</strong> {state.data.pause.reason} Closing goes on.{' '}
        {may(state.data, 'end')
          ? 'Look through the grants: what was revoked since the backup is open again once you confirm.'
          : 'An administrator has to confirm first.'}
      </span>
      {may(state.data, 'end') && (
        <Button isSmall isBusy={end.isPending} onClick={() => end.mutate({})}>
          Confirm, and open again
        </Button>
      )}
    </div>
  );
}
