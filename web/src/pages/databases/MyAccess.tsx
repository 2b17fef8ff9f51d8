import type { ItemOf } from '../../api/client.ts';
import { instantWords } from '../../lib/time-words.ts';
import { IconLock } from '../../ui/icons.ts';
import { useServerTime } from '../../ui/use-server-time.ts';
import css from './Databases.module.css';

type Access = ItemOf<'GET /databases'>['myAccess'];

/** What I may do in a database, in words; a lock where nothing. */
export function MyAccess({ access }: { access: Access }) {
  const now = useServerTime(() => (access.until === null ? null : 60_000));
  if (access.read === 'none' && access.write === 'none') {
    return (
      <span className={css.locked}>
        <IconLock size={14} aria-hidden="true" /> no access
      </span>
    );
  }
  const verb = access.write === 'none' ? 'read' : 'read, write';
  const extent = access.read === 'some' ? `${verb} some tables` : verb;
  const until = access.until === null ? '' : ` until ${instantWords(Date.parse(access.until), now)}`;
  return <span>{access.byRole && access.until === null ? `${extent} by role` : extent + until}</span>;
}
