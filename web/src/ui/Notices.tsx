import { useSyncExternalStore } from 'react';
import { cx } from '../lib/class-names.ts';
import { Button } from './Button.tsx';
import { IconClose } from './icons.ts';
import css from './Notices.module.css';
import { dismiss, noticeStore } from './notices.ts';

/** Where short notices appear. */
export function Notices() {
  const notices = useSyncExternalStore(noticeStore.subscribe, noticeStore.read);
  return (
    <div className={css.place} role="status" aria-live="polite">
      {notices.map((notice) => (
        <div key={notice.id} className={cx(css.notice, notice.tone === 'failed' && css.failed)}>
          <span>{notice.text}</span>
          <Button look="quiet" isSmall isIcon aria-label="Dismiss" onClick={() => dismiss(notice.id)}>
            <IconClose aria-hidden="true" />
          </Button>
        </div>
      ))}
    </div>
  );
}
