import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { read } from '../../api/queries.ts';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { TideLine } from '../../ui/TideLine.tsx';
import { EndGrantButtons } from '../grants/EndGrantButtons.tsx';
import { GrantUse } from '../grants/GrantUse.tsx';
import { LiveSessions } from '../grants/LiveSessions.tsx';
import css from './RequestPage.module.css';

/** After the decision: the grant it made, live, with the statements that run under it, and its end. */
export function GrantOfRequest({ grantId }: { grantId: string }) {
  const grant = useQuery(read('GET /grants/:grantId', { params: { grantId } }));
  if (grant.error) return <ErrorNotice error={grant.error} />;
  if (!grant.data) return null;
  const { startsAt, expiresAt, state, end } = grant.data;
  return (
    <section className={css.part} aria-label="Grant">
      <h2>
        <Link to="/grants/$grantId" params={{ grantId }}>
          The grant
        </Link>
      </h2>
      <TideLine isWide startsAt={startsAt} expiresAt={expiresAt} state={state} endedAt={end?.endedAt} />
      <GrantUse grant={grant.data} />
      <LiveSessions grant={grant.data} />
      <div className={css.live}>
        <EndGrantButtons grant={grant.data} />
      </div>
    </section>
  );
}
