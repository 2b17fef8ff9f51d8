import { may } from '../../api/abilities.ts';
import { useSend } from '../../api/queries.ts';
import { useMe } from '../../app/session.ts';
import { useDraft } from '../../lib/draft.ts';
import { isPressed } from '../../lib/shortcuts.ts';
import { Button } from '../../ui/Button.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { TextArea } from '../../ui/Field.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import css from './RequestPage.module.css';
import type { RequestDetail } from './RequestPage.tsx';

type Message = RequestDetail['conversation'][number];

const deeds: Readonly<Record<Message['kind'], string>> = {
  comment: 'said',
  changes_wanted: 'asked for changes',
  edited: 'changed the request: decisions start anew',
  reminded: 'reminded',
  approved: 'approved',
  rejected: 'rejected',
  narrowed: 'approved less',
  lapsed: 'time passed',
};
const noText = { text: '' };

/** What was said and done about the request, oldest first, and room to say more. */
export function Conversation({ request }: { request: RequestDetail }) {
  // Who decides has his field beside the decision.
  const maySay = may(request, 'comment') && !may(request, 'decide');
  if (request.conversation.length === 0 && !maySay) return null;
  return (
    <section className={css.part} aria-label="Conversation">
      <h2>Conversation</h2>
      <ol className={css.messages}>
        {request.conversation.map((message) => (
          <li key={message.id}>
            <span>
              <strong>{message.by?.name ?? 'Tidegate'}</strong> {message.by ? deeds[message.kind] : ''}{' '}
              <span className={css.soft}>
                <RelativeTime at={message.at} />
              </span>
            </span>
            {message.text !== '' && <p className={css.said}>{message.text}</p>}
          </li>
        ))}
      </ol>
      {maySay && <Say request={request} />}
    </section>
  );
}

function Say({ request }: { request: RequestDetail }) {
  const me = useMe();
  const { value, change, forget } = useDraft(`comment:${me.person.id}:${request.id}`, noText);
  const say = useSend('POST /requests/:requestId/comments', { onSuccess: forget });
  const text = value.text.trim();
  const send = () => {
    if (text !== '' && !say.isPending) say.mutate({ params: { requestId: request.id }, body: { text } });
  };
  return (
    <div className={css.say}>
      <TextArea
        label="Say something"
        rows={2}
        maxLength={2000}
        value={value.text}
        onChange={(next) => change({ text: next })}
        onKeyDown={(event) => {
          if (isPressed('Mod+Enter', event.nativeEvent)) send();
        }}
      />
      <div className={css.buttons}>
        <Button isBusy={say.isPending} disabled={text === ''} onClick={send}>
          Send comment
        </Button>
      </div>
      <ErrorNotice error={say.error} />
    </div>
  );
}
