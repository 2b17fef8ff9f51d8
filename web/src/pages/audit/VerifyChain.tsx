import { useSend } from '../../api/queries.ts';
import { cx } from '../../lib/class-names.ts';
import { plural } from '../../lib/plural.ts';
import { Button } from '../../ui/Button.tsx';
import { IconProven, IconRefused } from '../../ui/icons.ts';
import css from './Audit.module.css';

/** Recomputes the hash chains of the record and says whether every link holds. */
export function VerifyChain() {
  const verify = useSend('POST /audit-events/verify');
  const { data, error } = verify;
  return (
    <>
      <Button isBusy={verify.isPending} onClick={() => verify.mutate({})}>
        {verify.isPending ? 'Verifying' : 'Verify chain'}
      </Button>
      <span role="status">
        {error && <span className={cx(css.verdict, css.broken)}>{error.message}</span>}
        {data?.isIntact && (
          <span className={css.verdict}>
            <IconProven size={16} aria-hidden="true" />
            Intact: {plural(data.events, 'event')}, every link holds
          </span>
        )}
        {data?.firstBroken && (
          <span className={cx(css.verdict, css.broken)}>
            <IconRefused size={16} aria-hidden="true" />
            Broken at event {data.firstBroken.sequence} of {data.firstBroken.writer}: {data.firstBroken.reason}
          </span>
        )}
      </span>
    </>
  );
}
