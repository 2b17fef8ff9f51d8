import type { Session } from '@tidegate/contract';
import { useState } from 'react';
import { cx } from '../../lib/class-names.ts';
import { EndGrantButtons } from '../../pages/grants/EndGrantButtons.tsx';
import { Button } from '../../ui/Button.tsx';
import { onDemand } from '../../ui/on-demand.tsx';
import { TideLine } from '../../ui/TideLine.tsx';
import type { EditorTab } from '../state/editor-tab.ts';
import { MoreTime } from './MoreTime.tsx';
import css from './SessionPill.module.css';

const MoreTimeDialog = onDemand(() => import('../../pages/grants/MoreTimeDialog.tsx'));

/** Writing includes reading: both are said. */
export function privilegeWords(privileges: Session['privileges']): string {
  return [
    ...new Set(privileges.flatMap((privilege) => (privilege === 'write' ? ['read', 'write'] : [privilege]))),
  ].join(', ');
}

interface SessionPillProps {
  tab: EditorTab;
  session: Session | null;
}

/** The access in use, what is left of it, and what can be done about it in one click. */
export function SessionPill({ tab, session }: SessionPillProps) {
  const [isAsking, setIsAsking] = useState(false);
  if (tab.session.state === 'opening') {
    return (
      <div className={css.pill} role="status">
        Connecting
      </div>
    );
  }
  if (tab.session.state !== 'open' || session === null) return null;
  const { grant, privileges } = session;
  return (
    <section className={css.pill} aria-label="Access in use">
      <span className={css.privileges}>{privilegeWords(privileges)}</span>
      {grant !== null && (
        <>
          <span title={grant.sentence} className={css.tide}>
            <TideLine startsAt={grant.startsAt} expiresAt={grant.expiresAt} state="active" />
          </span>
          <span className={cx(css.buttons)}>
            {grant.expiresAt !== null && grant.source !== 'role' && session.database.project !== null && (
              <Button isSmall look="quiet" onClick={() => setIsAsking(true)}>
                More time
              </Button>
            )}
            {grant.canGiveBack && <EndGrantButtons grant={{ id: grant.id, abilities: { giveBack: true } }} isSmall />}
          </span>
          {grant.source === 'role' && <span className={css.note}>by role</span>}
          {isAsking && grant.source === 'request' && (
            <MoreTimeDialog grantId={grant.id} onClose={() => setIsAsking(false)} />
          )}
          {/* What was assigned is not the holder's to extend: he asks for access of his own. */}
          {isAsking && grant.source !== 'request' && (
            <MoreTime session={session} grantId={grant.id} onClose={() => setIsAsking(false)} />
          )}
        </>
      )}
    </section>
  );
}
