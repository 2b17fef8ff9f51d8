import { may } from '../../api/abilities.ts';
import { useMe } from '../../app/session.ts';
import { LinkButton } from '../../ui/Button.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { Decide } from './Decide.tsx';
import { OwnRequest } from './OwnRequest.tsx';
import css from './RequestPage.module.css';
import type { RequestDetail } from './RequestPage.tsx';

/** The answer: of those who may decide, of the requester himself, or what was decided. */
export function DecisionPanel({ request }: { request: RequestDetail }) {
  if (may(request, 'decide')) return <Decide request={request} />;
  if (request.state === 'pending' || request.state === 'changes_wanted') return <OwnRequest request={request} />;
  return <Decided request={request} />;
}

const outcomes = { approve: 'Approved', reject: 'Rejected' } as const;
const endings: Partial<Record<RequestDetail['state'], string>> = {
  withdrawn: 'Withdrawn by the requester.',
  expired: 'Expired before it was decided.',
};

function Decided({ request }: { request: RequestDetail }) {
  const me = useMe();
  const database = request.scope.databases[0]?.databaseId;
  const isOpen =
    request.state === 'approved' && request.grantState === 'active' && request.requester.id === me.person.id;
  return (
    <section className={css.decide} aria-label="Decision">
      {endings[request.state] && <p>{endings[request.state]}</p>}
      {request.isAutoApproved && <p>Approved at once by its flow.</p>}
      {request.decisions.map((decision) => (
        <div key={`${decision.by.id} ${decision.at}`}>
          <p>
            {outcomes[decision.decision]} by {decision.by.name} <RelativeTime at={decision.at} />
          </p>
          {decision.comment && <p className={css.reason}>{decision.comment}</p>}
        </div>
      ))}
      {isOpen && (
        <div className={css.buttons}>
          <LinkButton look="primary" to="/editor" search={{ request: request.id, ...(database ? { database } : {}) }}>
            Open in SQL Editor
          </LinkButton>
        </div>
      )}
      {may(request, 'requestAgain') && !isOpen && (
        <div className={css.buttons}>
          <LinkButton to="/requests/new" search={{ project: request.project.id, again: request.id }}>
            Request again
          </LinkButton>
        </div>
      )}
    </section>
  );
}
