import { useRef } from 'react';
import { may } from '../../api/abilities.ts';
import { useSend } from '../../api/queries.ts';
import { useMe } from '../../app/session.ts';
import { cx } from '../../lib/class-names.ts';
import { useDraft } from '../../lib/draft.ts';
import { useShortcut } from '../../lib/shortcuts.ts';
import { Button, LinkButton } from '../../ui/Button.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { TextArea } from '../../ui/Field.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import css from './RequestPage.module.css';
import type { RequestDetail } from './RequestPage.tsx';
import { isProtected } from './request-words.ts';

const noComment = { comment: '' };

/** The answer: of those who may decide, of the requester himself, or what was decided. */
export function DecisionPanel({ request }: { request: RequestDetail }) {
  if (may(request, 'decide')) return <Decide request={request} />;
  if (request.state === 'pending') return <Waiting request={request} />;
  return <Decided request={request} />;
}

function Decide({ request }: { request: RequestDetail }) {
  const me = useMe();
  const { value, change, forget } = useDraft(`decision:${me.person.id}:${request.id}`, noComment);
  const comment = useRef<HTMLTextAreaElement>(null);
  const decide = useSend('POST /requests/:requestId/decision', { onSuccess: forget });
  const isHigh = isProtected(request);
  const answer = (decision: 'approve' | 'reject') => {
    if (decide.isPending) return;
    const { id: requestId, contentHash } = request;
    decide.mutate({ params: { requestId }, body: { decision, comment: value.comment.trim(), contentHash } });
  };
  const group = 'Decision';
  useShortcut({ keys: 'A', does: 'Approve', group }, () => answer('approve'));
  useShortcut({ keys: 'D', does: 'Reject', group }, () => answer('reject'));
  useShortcut({ keys: 'C', does: 'Comment', group }, () => comment.current?.focus());
  const isStale = decide.error?.code === 'access_request.changed';
  return (
    <section className={cx(css.decide, isHigh && css.protected)} aria-label="Your decision">
      <TextArea
        ref={comment}
        label="Comment"
        isOptional
        rows={2}
        maxLength={2000}
        value={value.comment}
        onChange={(text) => change({ comment: text })}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      <div className={css.buttons}>
        <Button
          look={isHigh ? 'plain' : 'primary'}
          hotkey="A"
          isBusy={decide.isPending}
          onClick={() => answer('approve')}
        >
          Approve
        </Button>
        <Button look="danger" hotkey="D" disabled={decide.isPending} onClick={() => answer('reject')}>
          Reject
        </Button>
      </div>
      <ErrorNotice error={decide.error} />
      {isStale && <p className={css.soft}>What you see now is the request as it stands. Decide again.</p>}
    </section>
  );
}

function Waiting({ request }: { request: RequestDetail }) {
  const withdraw = useSend('POST /requests/:requestId/withdraw');
  const { typicalMinutes } = request.flow;
  return (
    <section className={css.decide} aria-label="Waiting">
      <p>
        Waiting for a decision
        {typicalMinutes === null ? '.' : `, usually within ${Math.max(1, Math.round(typicalMinutes))} min.`}
      </p>
      {may(request, 'withdraw') && (
        <div className={css.buttons}>
          <Button isBusy={withdraw.isPending} onClick={() => withdraw.mutate({ params: { requestId: request.id } })}>
            Withdraw
          </Button>
        </div>
      )}
      <ErrorNotice error={withdraw.error} />
    </section>
  );
}

const outcomes = { approve: 'Approved', reject: 'Rejected' } as const;
const endings: Partial<Record<RequestDetail['state'], string>> = {
  withdrawn: 'Withdrawn by the requester.',
  expired: 'Expired before anybody decided.',
};

function Decided({ request }: { request: RequestDetail }) {
  const me = useMe();
  const database = request.scope.databases[0]?.databaseId;
  const isOpen =
    request.state === 'approved' && request.grantState === 'active' && request.requester.id === me.person.id;
  return (
    <section className={css.decide} aria-label="Decision">
      {endings[request.state] && <p>{endings[request.state]}</p>}
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
          <LinkButton to="/requests/new" search={{ project: request.project.id, ...(database ? { database } : {}) }}>
            Request again
          </LinkButton>
        </div>
      )}
    </section>
  );
}
