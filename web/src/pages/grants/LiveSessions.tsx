import type { Reply } from '../../api/client.ts';
import { lengthWords } from '../../lib/time-words.ts';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { StateTag } from '../../ui/StateTag.tsx';
import { useServerTime } from '../../ui/use-server-time.ts';
import css from './Grant.module.css';

type GrantDetail = Reply<'GET /grants/:grantId'>;
type GrantSession = GrantDetail['sessions'][number];

/** Sessions that are open under a grant, with the statement that runs in each. */
export function LiveSessions({ grant }: { grant: GrantDetail }) {
  const open = grant.sessions.filter((session) => session.state !== 'ended');
  if (open.length === 0) return null;
  return (
    <ul className={css.sessions} aria-label="Open sessions">
      {open.map((session) => (
        <OpenSession key={session.id} session={session} />
      ))}
    </ul>
  );
}

function OpenSession({ session }: { session: GrantSession }) {
  const running = session.runningStatement;
  return (
    <li className={css.session}>
      <div className={css.sessionHead}>
        <StateTag tone={running ? 'open' : 'rest'}>{running ? 'running' : 'idle'}</StateTag>
        <span>
          {session.person.name} in <span className="mono">{session.databaseName}</span>
        </span>
        <span className={css.soft}>
          opened <RelativeTime at={session.openedAt} />
        </span>
        {running && <RunningFor since={running.startedAt} />}
      </div>
      <div className={`mono ${css.account}`}>
        {session.account}
        {session.backendId && `, server process ${session.backendId}`}
      </div>
      {running && <pre className={css.running}>{running.text}</pre>}
    </li>
  );
}

function RunningFor({ since }: { since: string }) {
  const now = useServerTime(() => 1000);
  return <span className={css.soft}>running for {lengthWords(now - Date.parse(since))}</span>;
}
