import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { read } from '../../api/queries.ts';
import { useTitleCount } from '../../lib/page-title.ts';
import { plural } from '../../lib/plural.ts';
import { IconBell } from '../../ui/icons.ts';
import css from './TopBar.module.css';

/** The bell with what is unread; the tab says the same number. */
export function InboxLink() {
  const inbox = useQuery(read('GET /inbox', { query: { pageSize: 1 } }));
  const unread = inbox.data?.unread ?? 0;
  useTitleCount(unread);
  const name = unread === 0 ? 'Inbox' : `Inbox, ${plural(unread, 'unread notice')}`;
  return (
    <Link to="/inbox" search={{}} className={css.item} title="What I was told" aria-label={name}>
      <IconBell aria-hidden="true" />
      {unread > 0 && <span className={css.count}>{unread > 99 ? '99+' : unread}</span>}
    </Link>
  );
}
