import { Link } from '@tanstack/react-router';
import { cx } from '../../lib/class-names.ts';
import { clockWords, dayWords, exactWords } from '../../lib/time-words.ts';
import { useRowKeys } from '../../ui/use-row-keys.ts';
import { useServerTime } from '../../ui/use-server-time.ts';
import css from './Audit.module.css';
import type { AuditEvent } from './AuditEvents.tsx';

/** Events under their days, each as its sentence; readable at any width. */
export function EventList({ events, isStale }: { events: readonly AuditEvent[]; isStale: boolean }) {
  const rows = useRowKeys<HTMLDivElement>();
  const now = useServerTime(() => 60_000);
  const days = Map.groupBy(events, (event) => dayWords(Date.parse(event.at), now));
  return (
    <div ref={rows} className={cx(isStale && css.stale)}>
      {[...days].map(([day, items]) => (
        <section key={day} aria-label={day}>
          <h2 className={css.day}>{day}</h2>
          <ul className={css.events}>
            {items.map((event) => (
              <EventRow key={event.key} event={event} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function EventRow({ event }: { event: AuditEvent }) {
  const at = Date.parse(event.at);
  return (
    <li className={css.event}>
      <time className={css.clock} dateTime={event.at} title={exactWords(at)}>
        {clockWords(at)}
      </time>
      <Link
        from="/audit"
        to="."
        search={(former) => ({ ...former, event: event.key })}
        replace
        className={css.what ?? ''}
        data-row
      >
        {event.sentence}
      </Link>
      <span className={css.kind}>{event.kind}</span>
    </li>
  );
}
