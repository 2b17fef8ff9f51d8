import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { read } from '../../api/queries.ts';
import { cx } from '../../lib/class-names.ts';
import { exactWords } from '../../lib/time-words.ts';
import { Button, LinkButton } from '../../ui/Button.tsx';
import { CodeBlock } from '../../ui/CodeBlock.tsx';
import { Drawer } from '../../ui/Dialog.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { Facts, Section } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import css from './Audit.module.css';
import type { AuditEvent } from './AuditEvents.tsx';
import type { AuditSearch } from './audit-filters.ts';

interface AuditEventDrawerProps {
  eventKey: string;
  onNarrow: (patch: AuditSearch) => void;
  onClose: () => void;
}

/** One event in full: what belongs to it from the request to the closure, the data it carries, its place in the chain. */
export function AuditEventDrawer({ eventKey, onNarrow, onClose }: AuditEventDrawerProps) {
  const found = useQuery(read('GET /audit-events/:eventKey', { params: { eventKey } }));
  const { data } = found;
  const event = data?.event;
  return (
    <Drawer title={event?.kind ?? 'Event'} isOpen onClose={onClose}>
      <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />
      {found.isPending && <SkeletonBlock lines={6} />}
      {data && event && (
        <>
          <p className={css.sentence}>{event.sentence}</p>
          <Facts facts={factsOf(event)} />
          <EventLinks event={event} onNarrow={onNarrow} />
          {data.related.length > 1 && (
            <Section title="What belongs to it">
              <Related events={data.related} current={event.key} />
              {data.hasMore && <p className={css.soft}>Only the first and the newest are shown.</p>}
            </Section>
          )}
          {Object.keys(event.data).length > 0 && (
            <Section title="As it was recorded">
              <CodeBlock label="Data of the event" text={JSON.stringify(event.data, null, 2)} canCopy />
            </Section>
          )}
        </>
      )}
    </Drawer>
  );
}

function factsOf(event: AuditEvent) {
  const { actor, onBehalfOf } = event;
  const hash = (text: string) => <code className={css.hash}>{text}</code>;
  return [
    ['When', exactWords(Date.parse(event.at))],
    ['Who', onBehalfOf ? `${onBehalfOf.name}, as ${actor?.name}` : (actor?.name ?? 'Tidegate itself')],
    ['Chain', `${event.writer}, event ${event.sequence}`],
    ['Hash', hash(event.hash)],
    ['Hash before', hash(event.previousHash)],
  ] as const;
}

/** Request, grant, statements, closure in their order; the event itself is marked. */
function Related({ events, current }: { events: readonly AuditEvent[]; current: string }) {
  return (
    <ol className={css.related}>
      {events.map((event) => (
        <li key={event.key} className={cx(event.key === current && css.current)} aria-current={event.key === current}>
          <Link from="/audit" to="." search={(former) => ({ ...former, event: event.key })} replace>
            {event.sentence}
          </Link>
          <span className={css.soft}>
            <RelativeTime at={event.at} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function EventLinks({ event, onNarrow }: { event: AuditEvent; onNarrow: (patch: AuditSearch) => void }) {
  const { actor, databaseId, grantId, projectId, requestId } = event;
  return (
    <div className={css.links}>
      {requestId && (
        <LinkButton isSmall to="/requests/$requestId" params={{ requestId }}>
          The request
        </LinkButton>
      )}
      {grantId && (
        <LinkButton isSmall to="/grants/$grantId" params={{ grantId }}>
          The grant
        </LinkButton>
      )}
      {databaseId && (
        <LinkButton isSmall to="/databases/$databaseId" params={{ databaseId }} search={{}}>
          The database
        </LinkButton>
      )}
      {actor && (
        <Button isSmall look="quiet" onClick={() => onNarrow({ person: actor.id })}>
          Only of {actor.name}
        </Button>
      )}
      {grantId && (
        <Button isSmall look="quiet" onClick={() => onNarrow({ grant: grantId })}>
          Only of this grant
        </Button>
      )}
      {requestId && (
        <Button isSmall look="quiet" onClick={() => onNarrow({ request: requestId })}>
          Only of this request
        </Button>
      )}
      {projectId && (
        <Button isSmall look="quiet" onClick={() => onNarrow({ project: projectId })}>
          Only of this project
        </Button>
      )}
    </div>
  );
}
