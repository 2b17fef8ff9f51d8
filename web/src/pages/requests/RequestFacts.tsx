import { expiryWords } from '../../lib/expiry.ts';
import { plural } from '../../lib/plural.ts';
import { instantWords } from '../../lib/time-words.ts';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { useServerTime } from '../../ui/use-server-time.ts';
import css from './RequestPage.module.css';
import type { RequestDetail } from './RequestPage.tsx';
import { RequestRisk } from './RequestRisk.tsx';
import { RequestSteps } from './RequestSteps.tsx';

/** How long, and when that would be over if it were approved this minute. */
function TimeAsked({ request }: { request: RequestDetail }) {
  const { expiry, state } = request;
  const now = useServerTime(() => (state === 'pending' ? 30_000 : null));
  const isRelative = state === 'pending' && expiry.kind === 'after';
  return (
    <p className={css.ends}>
      {expiryWords(expiry, now)}
      {isRelative && `: until ${instantWords(now + expiry.minutes * 60_000, now)} if approved now`}
    </p>
  );
}

export function RequestFacts({ request }: { request: RequestDetail }) {
  return (
    <>
      <section className={css.part} aria-label="Time">
        <h2>Time</h2>
        <TimeAsked request={request} />
        {request.startsAt !== null && (
          <p className={css.soft}>
            Starts <RelativeTime at={request.startsAt} />, not before.
          </p>
        )}
        {request.ticket !== null && <p className={css.soft}>Ticket: {request.ticket}</p>}
        <p className={css.soft}>
          Asked <RelativeTime at={request.createdAt} /> by {request.requester.name}, {request.requester.email}, in{' '}
          {request.project.name}
        </p>
      </section>
      <RequestRisk request={request} />
      <RequestSteps request={request} />
    </>
  );
}

/** What the person was given before, and what came of it. */
export function LastGrants({ request }: { request: RequestDetail }) {
  return (
    <section className={css.part} aria-label="Last grants">
      <h2>Last grants of {request.requester.name}</h2>
      {request.history.length === 0 ? (
        <p className={css.soft}>None before.</p>
      ) : (
        <ul className={css.history}>
          {request.history.slice(0, 4).map((grant) => (
            <li key={grant.grantId}>
              <span>
                {grant.sentence}, <RelativeTime at={grant.startsAt} />
              </span>
              <span className={css.used}>
                {grant.statements === 0
                  ? 'not used'
                  : `${plural(grant.statements, 'statement')}, ${plural(grant.rows, 'row')}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
