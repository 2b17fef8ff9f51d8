import { useRef, useState } from 'react';
import { may } from '../../api/abilities.ts';
import { useSend } from '../../api/queries.ts';
import { useMe } from '../../app/session.ts';
import { cx } from '../../lib/class-names.ts';
import { useDraft } from '../../lib/draft.ts';
import { useShortcut } from '../../lib/shortcuts.ts';
import { Button } from '../../ui/Button.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { TextArea } from '../../ui/Field.tsx';
import { onDemand } from '../../ui/on-demand.tsx';
import css from './RequestPage.module.css';
import type { RequestDetail } from './RequestPage.tsx';
import { isProtected } from './request-words.ts';

const NarrowRequestDrawer = onDemand(() => import('./NarrowRequestDrawer.tsx'));
const noComment = { comment: '' };

/** The decision of one who may decide: approve, reject, approve less, ask for changes, or only say something. */
export function Decide({ request }: { request: RequestDetail }) {
  const me = useMe();
  const { id: requestId, contentHash } = request;
  const { value, change, forget } = useDraft(`decision:${me.person.id}:${requestId}`, noComment);
  const field = useRef<HTMLTextAreaElement>(null);
  const [isNarrowing, setIsNarrowing] = useState(false);
  const [isTextMissing, setIsTextMissing] = useState(false);
  const params = { requestId };
  const comment = value.comment.trim();
  const decide = useSend('POST /requests/:requestId/decision', {
    onSuccess: () => {
      setIsNarrowing(false);
      forget();
    },
  });
  const ask = useSend('POST /requests/:requestId/ask-changes', { onSuccess: forget });
  const say = useSend('POST /requests/:requestId/comments', { onSuccess: forget });
  const isBusy = decide.isPending || ask.isPending || say.isPending;
  const answer = (decision: 'approve' | 'reject') => {
    if (!isBusy) decide.mutate({ params, body: { decision, comment, contentHash } });
  };
  /** Without words these say nothing: the field is where to go. */
  const withWords = (act: () => void) => {
    setIsTextMissing(comment === '');
    if (comment === '') field.current?.focus();
    else if (!isBusy) act();
  };
  const group = 'Decision';
  useShortcut({ keys: 'A', does: 'Approve', group }, () => answer('approve'));
  useShortcut({ keys: 'D', does: 'Reject', group }, () => answer('reject'));
  useShortcut({ keys: 'E', does: 'Approve less', group }, () => setIsNarrowing(true), may(request, 'narrow'));
  useShortcut({ keys: 'C', does: 'Comment', group }, () => field.current?.focus());
  // Where much is at stake no key press approves by habit: the button is not the coloured one.
  const isHigh = isProtected(request) || request.level === 'high';
  const problem = (isNarrowing ? null : decide.error) ?? ask.error ?? say.error;
  return (
    <section className={cx(css.decide, isHigh && css.protected)} aria-label="Your decision">
      <TextArea
        ref={field}
        label="Comment"
        isOptional
        rows={2}
        maxLength={2000}
        value={value.comment}
        error={isTextMissing && comment === '' ? 'Write what you want to say.' : null}
        onChange={(text) => change({ comment: text })}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      <div className={css.buttons}>
        <Button look={isHigh ? 'plain' : 'primary'} hotkey="A" isBusy={isBusy} onClick={() => answer('approve')}>
          Approve
        </Button>
        <Button look="danger" hotkey="D" isBusy={isBusy} onClick={() => answer('reject')}>
          Reject
        </Button>
        {may(request, 'narrow') && (
          <Button hotkey="E" isBusy={isBusy} onClick={() => setIsNarrowing(true)}>
            Approve less
          </Button>
        )}
      </div>
      <div className={css.lesser}>
        {may(request, 'askChanges') && (
          <Button
            look="link"
            isBusy={isBusy}
            onClick={() => withWords(() => ask.mutate({ params, body: { text: comment, contentHash } }))}
          >
            Ask for changes
          </Button>
        )}
        {may(request, 'comment') && (
          <Button
            look="link"
            isBusy={isBusy}
            onClick={() => withWords(() => say.mutate({ params, body: { text: comment } }))}
          >
            Only comment
          </Button>
        )}
      </div>
      <ErrorNotice error={problem} />
      {problem?.code === 'access_request.changed' && (
        <p className={css.soft}>What you see now is the request as it stands. Decide again.</p>
      )}
      {isNarrowing && (
        <NarrowRequestDrawer
          request={request}
          isBusy={decide.isPending}
          problem={decide.error}
          onApprove={(narrow) => decide.mutate({ params, body: { decision: 'approve', comment, contentHash, narrow } })}
          onClose={() => setIsNarrowing(false)}
        />
      )}
    </section>
  );
}
