import type { Reply } from '../../api/client.ts';
import { useSend } from '../../api/queries.ts';
import { cx } from '../../lib/class-names.ts';
import { plural } from '../../lib/plural.ts';
import { exactWords } from '../../lib/time-words.ts';
import { Button } from '../../ui/Button.tsx';
import { IconProven, IconRefused } from '../../ui/icons.ts';
import css from './Audit.module.css';

type Verdict = Reply<'POST /audit-events/verify'>;

/** Recomputes the chains, checks the signatures, and says in a sentence whether everything holds. */
export function VerifyRecord() {
  const verify = useSend('POST /audit-events/verify');
  const { data, error } = verify;
  return (
    <div className={css.verify}>
      <Button look="primary" isBusy={verify.isPending} onClick={() => verify.mutate({})}>
        {verify.isPending ? 'Verifying' : 'Verify the record'}
      </Button>
      <span role="status" className={css.verdictPlace}>
        {error && <span className={cx(css.verdict, css.broken)}>{error.message}</span>}
        {data?.isIntact && (
          <span className={css.verdict}>
            <IconProven size={16} aria-hidden="true" />
            {intactWords(data)}
          </span>
        )}
        {data?.firstBroken && (
          <span className={cx(css.verdict, css.broken)}>
            <IconRefused size={16} aria-hidden="true" />
            Broken at {placeWords(data.firstBroken)}: {data.firstBroken.reason}
          </span>
        )}
      </span>
    </div>
  );
}

function intactWords({ events, chains, checkpoint, eventsAfter }: Verdict): string {
  const links = `Intact: ${plural(events, 'event')} in ${plural(chains, 'chain')}, every link holds`;
  if (checkpoint === null) return `${links}; nothing is signed yet.`;
  const signed = `signed up to checkpoint ${checkpoint.number} of ${exactWords(Date.parse(checkpoint.at))}`;
  return eventsAfter === 0
    ? `${links}, ${signed}.`
    : `${links}, ${signed}; ${plural(eventsAfter, 'event')} since then.`;
}

function placeWords({ part, writer, sequence }: NonNullable<Verdict['firstBroken']>): string {
  if (part === 'checkpoint') return `checkpoint ${sequence}`;
  if (part === 'anchor') return `the anchor of ${writer}`;
  return `event ${sequence} of ${writer}`;
}
