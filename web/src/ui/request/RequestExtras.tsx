import { useState } from 'react';
import { serverNow } from '../../api/server-clock.ts';
import { fromLocalField, toLocalField } from '../../lib/expiry.ts';
import { Button } from '../Button.tsx';
import { SegmentField, TextField } from '../Field.tsx';
import css from './RequestForm.module.css';
import type { RequestDraft } from './request-draft.ts';

interface RequestExtrasProps {
  draft: RequestDraft;
  needsTicket: boolean;
  isTicketMissing: boolean;
  /** Where room is short they open by a press. */
  isFolded: boolean;
  onChange: (patch: Partial<RequestDraft>) => void;
}

const hourMs = 60 * 60_000;

/** What most requests need not say: a ticket, and a later start. */
export function RequestExtras({ draft, needsTicket, isTicketMissing, isFolded, onChange }: RequestExtrasProps) {
  const [isOpen, setIsOpen] = useState(false);
  const isShown = !isFolded || isOpen || draft.ticket !== '' || draft.startsAt !== null;
  if (!isShown) {
    return (
      <Button look="link" className={css.more} onClick={() => setIsOpen(true)}>
        Ticket or later start
      </Button>
    );
  }
  return (
    <div className={css.extras}>
      <TextField
        label="Ticket"
        isOptional={!needsTicket}
        placeholder="INC-1234 or a link"
        maxLength={500}
        value={draft.ticket}
        error={isTicketMissing ? 'Policy asks for a ticket here.' : null}
        onChange={(ticket) => onChange({ ticket })}
      />
      <div className={css.starts}>
        <SegmentField
          label="Start"
          value={draft.startsAt === null ? 'now' : 'later'}
          choices={[
            { value: 'now', label: 'When approved' },
            { value: 'later', label: 'Later' },
          ]}
          onChange={(next) =>
            onChange({ startsAt: next === 'now' ? null : new Date(serverNow() + hourMs).toISOString() })
          }
        />
        {draft.startsAt !== null && (
          <input
            className={css.instant}
            type="datetime-local"
            aria-label="Starts at"
            min={toLocalField(serverNow())}
            value={toLocalField(Date.parse(draft.startsAt))}
            onChange={(event) => {
              const startsAt = fromLocalField(event.target.value);
              if (startsAt !== null) onChange({ startsAt });
            }}
          />
        )}
      </div>
    </div>
  );
}
