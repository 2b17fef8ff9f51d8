import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { Reply } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import { usePageTitle } from '../../lib/page-title.ts';
import { CodeBlock } from '../../ui/CodeBlock.tsx';
import { EnvironmentTag } from '../../ui/EnvironmentTag.tsx';
import { AttentionNote, ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { ScopeSentence } from '../../ui/ScopeSentence.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import { Compare, scrollable } from './Compare.tsx';
import { Conversation } from './Conversation.tsx';
import { Cuts } from './Cuts.tsx';
import { DecisionPanel } from './DecisionPanel.tsx';
import { GrantOfRequest } from './GrantOfRequest.tsx';
import { Renewal } from './Renewal.tsx';
import { LastGrants, RequestFacts } from './RequestFacts.tsx';
import css from './RequestPage.module.css';
import { RequestStateTag } from './RequestStateTag.tsx';
import { RequestWalk } from './RequestWalk.tsx';
import { environmentsOf } from './request-words.ts';

export type RequestDetail = Reply<'GET /requests/:requestId'>;

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
          <Renewal request={request} />
          <Compare request={request} />
          <Cuts request={request} />
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
          <LastGrants request={request} />
          <Conversation request={request} />
          {request.grantId && <GrantOfRequest grantId={request.grantId} />}
        </div>
        <aside>
          <DecisionPanel request={request} />
          <RequestFacts request={request} />
        </aside>
      </div>
    </div>
  );
}
