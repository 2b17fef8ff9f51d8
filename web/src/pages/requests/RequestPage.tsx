import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { Reply } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import { expiryWords } from '../../lib/expiry.ts';
import { usePageTitle } from '../../lib/page-title.ts';
import { plural } from '../../lib/plural.ts';
import { instantWords } from '../../lib/time-words.ts';
import { CodeBlock } from '../../ui/CodeBlock.tsx';
import { EnvironmentTag } from '../../ui/EnvironmentTag.tsx';
import { AttentionNote, ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { ScopeSentence } from '../../ui/ScopeSentence.tsx';
import { ScopeTree } from '../../ui/ScopeView.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import { useServerTime } from '../../ui/use-server-time.ts';
import { DecisionPanel } from './DecisionPanel.tsx';
import { GrantOfRequest } from './GrantOfRequest.tsx';
import css from './RequestPage.module.css';
import { RequestStateTag } from './RequestStateTag.tsx';
import { RequestWalk } from './RequestWalk.tsx';
import { environmentsOf } from './request-words.ts';

export type RequestDetail = Reply<'GET /requests/:requestId'>;

/** What may scroll must be reachable by keyboard. */
const scrollable = { tabIndex: 0, role: 'group' } as const;

const route = getRouteApi('/in/requests/$requestId');

/** The decision on one screen: what the person has today, what would be added, why, for how long, and the answer. */
export function RequestPage() {
  const { requestId } = route.useParams();
  const request = useQuery(read('GET /requests/:requestId', { params: { requestId } }));
  const title = request.data ? `Request #${request.data.number}` : 'Request';
  usePageTitle(title);
  if (!request.data) {
    return (
      <div className={css.page}>
        <h1>{title}</h1>
        {request.error ? (
          <ErrorNotice error={request.error} onRetry={() => void request.refetch()} />
        ) : (
          <SkeletonBlock lines={8} />
        )}
      </div>
    );
  }
  return <RequestScreen key={request.data.id} request={request.data} />;
}

function RequestScreen({ request }: { request: RequestDetail }) {
  return (
    <div className={css.page}>
      <header className={css.head}>
        <h1>Request #{request.number}</h1>
        <RequestStateTag request={request} />
        {environmentsOf(request).map((environment) => (
          <EnvironmentTag key={environment.id} environment={environment} />
        ))}
        <RequestWalk requestId={request.id} />
        <p className={css.sentence}>
          <ScopeSentence sentence={request.sentence} scope={request.scope} />
        </p>
      </header>
      {request.state === 'pending' && request.warnings.length > 0 && (
        <div className={css.warnings}>
          {request.warnings.map((warning) => (
            <AttentionNote key={warning}>{warning}</AttentionNote>
          ))}
        </div>
      )}
      <div className={css.columns}>
        <div>
          <Compare request={request} />
          <section className={css.part} aria-label="Reason">
            <h2>Reason</h2>
            <p className={css.reason} {...scrollable}>
              {request.reason}
            </p>
          </section>
          {request.statementText && (
            <section className={css.part} aria-label="Refused statement">
              <h2>Statement that was refused</h2>
              <CodeBlock label="Statement that was refused" text={request.statementText} isLow />
            </section>
          )}
          {request.grantId && <GrantOfRequest grantId={request.grantId} />}
        </div>
        <aside>
          <DecisionPanel request={request} />
          <Facts request={request} />
        </aside>
      </div>
    </div>
  );
}

function Compare({ request }: { request: RequestDetail }) {
  const isPending = request.state === 'pending';
  return (
    <div className={css.compare}>
      <section aria-label="Today">
        <h2>{isPending ? `What ${request.requester.name} has there today` : 'What the person has there now'}</h2>
        <div className={css.scroll} {...scrollable}>
          {request.today.length === 0 ? (
            <p>Nothing.</p>
          ) : (
            <ul>
              {request.today.map((sentence) => (
                <li key={sentence}>
                  <ScopeSentence sentence={sentence} scope={request.scope} />
                </li>
              ))}
            </ul>
          )}
        </div>
      </section>
      <section aria-label="Would be added">
        <h2>
          {isPending ? 'Would be added' : 'Was asked for'}: {request.privileges.join(', ')}
        </h2>
        <div className={css.scroll} {...scrollable}>
          <ScopeTree scope={request.scope} />
        </div>
        {isPending && <Overlap request={request} />}
      </section>
    </div>
  );
}

/** Says when part of what is asked for is there already, so that the difference is what gets decided. */
function Overlap({ request }: { request: RequestDetail }) {
  if (request.added.length === 0) {
    return <p className={css.soft}>Nothing new: the person has all of this already, perhaps for a shorter time.</p>;
  }
  const asked = request.scope.databases.flatMap((database) => database.tables).length * request.privileges.length;
  const isFrozenList = request.scope.databases.every((database) => !database.isWhole && database.schemas.length === 0);
  if (!isFrozenList || request.scope.isProject || request.added.length >= asked) return null;
  const names = request.added.map((item) => `${item.privilege} on ${item.table ?? item.database}`);
  return <p className={css.soft}>New is only: {names.join(', ')}.</p>;
}

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

function Facts({ request }: { request: RequestDetail }) {
  const isPending = request.state === 'pending';
  return (
    <>
      <section className={css.part} aria-label="Time">
        <h2>Time</h2>
        <TimeAsked request={request} />
        <p className={css.soft}>
          Asked <RelativeTime at={request.createdAt} /> by {request.requester.name}, {request.requester.email}, in{' '}
          {request.project.name}
        </p>
      </section>
      <section className={css.part} aria-label="Who decides">
        <h2>Who decides</h2>
        <p className={css.soft}>{request.flow.sentence}</p>
        {isPending && request.flow.approvers.length > 0 && (
          <p className={css.soft}>Now: {request.flow.approvers.map(({ name }) => name).join(', ')}</p>
        )}
      </section>
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
    </>
  );
}
