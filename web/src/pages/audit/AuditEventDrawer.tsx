import { exactWords } from '../../lib/time-words.ts';
import { Button, LinkButton } from '../../ui/Button.tsx';
import { CodeBlock } from '../../ui/CodeBlock.tsx';
import { Drawer } from '../../ui/Dialog.tsx';
import { Facts } from '../../ui/Page.tsx';
import css from './Audit.module.css';
import type { AuditEvent } from './AuditPage.tsx';

interface AuditEventDrawerProps {
  event: AuditEvent;
  onNarrow: (patch: { person?: string; database?: string; grant?: string; project?: string }) => void;
  onClose: () => void;
}

/** One event in full: who, what, when, the data it carries, and its place in the chain. */
export function AuditEventDrawer({ event, onNarrow, onClose }: AuditEventDrawerProps) {
  const { actor, databaseId, grantId, projectId, requestId } = event;
  return (
    <Drawer title={event.kind} isOpen onClose={onClose}>
      <p className={css.sentence}>{event.sentence}</p>
      <Facts
        facts={[
          ['When', exactWords(Date.parse(event.at))],
          [
            'Who',
            event.onBehalfOf ? `${event.onBehalfOf.name}, as ${actor?.name}` : (actor?.name ?? 'Tidegate itself'),
          ],
          ['Chain', `${event.writer}, event ${event.sequence}`],
          [
            'Hash',
            <code key="hash" className={css.hash}>
              {event.hash}
            </code>,
          ],
        ]}
      />
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
        {projectId && (
          <Button isSmall look="quiet" onClick={() => onNarrow({ project: projectId })}>
            Only of this project
          </Button>
        )}
      </div>
      {Object.keys(event.data).length > 0 && (
        <CodeBlock label="Data of the event" text={JSON.stringify(event.data, null, 2)} canCopy />
      )}
    </Drawer>
  );
}
