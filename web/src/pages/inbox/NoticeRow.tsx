import { Link } from '@tanstack/react-router';
import type { Notice } from '@tidegate/contract';
import type { ReactNode } from 'react';
import { useSend } from '../../api/queries.ts';
import { cx } from '../../lib/class-names.ts';
import { Button } from '../../ui/Button.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import css from './Inbox.module.css';

const kinds: Readonly<Record<Notice['kind'], string>> = {
  'request.to_decide': 'To decide',
  'request.decided': 'Decided',
  'request.changed': 'Request',
  'grant.given': 'Access',
  'grant.changed': 'Changed',
  'grant.about_to_end': 'Ends soon',
  'grant.ended': 'Ended',
  'grant.overdue': 'Not closed',
  'emergency.used': 'Emergency',
};

/** One notice: what, when, and the way to it. Going there reads it. */
export function NoticeRow({ notice }: { notice: Notice }) {
  const mark = useSend('POST /inbox/:noticeId/read');
  const isRead = notice.readAt !== null;
  const setRead = (next: boolean) => mark.mutate({ params: { noticeId: notice.id }, body: { isRead: next } });
  return (
    <li className={cx(css.row, !isRead && css.unread)}>
      <span className={css.dot} role="img" aria-label={isRead ? 'read' : 'unread'} />
      <span className={cx(css.kind, tones[notice.kind])}>{kinds[notice.kind]}</span>
      <span className={css.what}>
        <Target notice={notice} onOpen={() => !isRead && setRead(true)}>
          {notice.sentence}
        </Target>
        {notice.detail && <span className={css.detail}>{notice.detail}</span>}
      </span>
      <span className={css.age}>
        <RelativeTime at={notice.at} />
      </span>
      <Button
        isSmall
        look="quiet"
        className={css.mark}
        isBusy={mark.isPending}
        aria-label={`Mark as ${isRead ? 'unread' : 'read'}: ${notice.sentence}`}
        onClick={() => setRead(!isRead)}
      >
        {isRead ? 'Unread' : 'Read'}
      </Button>
    </li>
  );
}

const tones: Partial<Record<Notice['kind'], string | undefined>> = {
  'grant.about_to_end': css.amber,
  'request.to_decide': css.teal,
  'grant.overdue': css.red,
  'emergency.used': css.red,
};

/** A request is decided on its own page; what is about a grant leads to the grant, where its receipt is. */
function Target({ notice, onOpen, children }: { notice: Notice; onOpen: () => void; children: ReactNode }) {
  const { grantId, requestId, kind } = notice;
  const link = { className: css.link ?? '', onClick: onOpen, 'data-row': true } as const;
  if (grantId !== null && !(requestId !== null && kind.startsWith('request.'))) {
    return (
      <Link to="/grants/$grantId" params={{ grantId }} {...link}>
        {children}
      </Link>
    );
  }
  if (requestId !== null) {
    return (
      <Link to="/requests/$requestId" params={{ requestId }} {...link}>
        {children}
      </Link>
    );
  }
  return <span>{children}</span>;
}
