import { Button } from '../../ui/Button.tsx';
import { AttentionNote, ErrorNotice } from '../../ui/ErrorNotice.tsx';
import type { EditorTab } from '../state/editor-tab.ts';
import css from './SessionPill.module.css';

interface SessionEndedProps {
  tab: EditorTab;
  onReconnect: () => void;
}

/** Why the session is over. The text stays; one key brings a new one. */
export function SessionEnded({ tab, onReconnect }: SessionEndedProps) {
  const { session } = tab;
  if (session.state === 'failed') {
    return (
      <div className={css.ended}>
        <ErrorNotice error={session.problem} onRetry={onReconnect} />
      </div>
    );
  }
  if (session.state !== 'ended') return null;
  return (
    <div className={css.ended} role="status">
      <AttentionNote>
        <span className={css.words}>
          The session has ended. {session.reason}
          {session.wasInTransaction && ' The open transaction was rolled back.'} Your text is kept.
        </span>
        <Button isSmall onClick={onReconnect}>
          Reconnect
        </Button>
      </AttentionNote>
    </div>
  );
}
