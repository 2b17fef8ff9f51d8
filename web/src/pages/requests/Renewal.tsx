import { Link } from '@tanstack/react-router';
import { plural } from '../../lib/plural.ts';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import css from './RequestPage.module.css';
import type { RequestDetail } from './RequestPage.tsx';

/** The request is for a grant in use: what was done with it so far. */
export function Renewal({ request }: { request: RequestDetail }) {
  const { renewal } = request;
  if (renewal === null) return null;
  const { grantId, sentence, startsAt, expiresAt, statements, rows, tables } = renewal;
  const used =
    statements === 0
      ? 'Not used so far.'
      : `Used so far: ${plural(statements, 'statement')}, ${plural(rows, 'row')}${tables.length > 0 ? ` of ${tables.join(', ')}` : ''}.`;
  return (
    <section className={css.renewal} aria-label="Grant in use">
      <p>
        {request.kind === 'extend' ? 'More time for' : 'More tables for'}{' '}
        <Link to="/grants/$grantId" params={{ grantId }}>
          a grant in use
        </Link>
        : {sentence}
      </p>
      <p className={css.soft}>
        Since <RelativeTime at={startsAt} />
        {expiresAt !== null && (
          <>
            , ends <RelativeTime at={expiresAt} />
          </>
        )}
        . {used} Nobody is disconnected by this.
      </p>
    </section>
  );
}
