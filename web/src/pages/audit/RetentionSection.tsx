import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Reply } from '../../api/client.ts';
import { read, useSend } from '../../api/queries.ts';
import { plural } from '../../lib/plural.ts';
import { exactWords } from '../../lib/time-words.ts';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { Section } from '../../ui/Page.tsx';
import css from './Audit.module.css';

type Retention = Reply<'GET /audit-retention'>;

const choices = [90, 180, 365, 730, 1095, 2555, 3650] as const;

/** How long events are kept; who may change it states the effect first. */
export function RetentionSection() {
  const retention = useQuery(read('GET /audit-retention'));
  const [wanted, setWanted] = useState<number | null | undefined>(undefined);
  const { data } = retention;
  return (
    <Section title="How long it is kept">
      <ErrorNotice error={retention.error} onRetry={() => void retention.refetch()} />
      {data && (
        <>
          <p className={css.lead}>{keptWords(data)}</p>
          {data.abilities['change'] && (
            <label className={css.instant}>
              Keep events
              <select
                value={data.days ?? ''}
                onChange={(event) => setWanted(event.target.value === '' ? null : Number(event.target.value))}
              >
                <option value="">for ever</option>
                {choicesWith(data.days).map((days) => (
                  <option key={days} value={days}>
                    for {plural(days, 'day')}
                  </option>
                ))}
              </select>
            </label>
          )}
        </>
      )}
      {wanted !== undefined && <ConfirmRetention days={wanted} onClose={() => setWanted(undefined)} />}
    </Section>
  );
}

function choicesWith(days: number | null): readonly number[] {
  return [...new Set([...choices, ...(days === null ? [] : [days])])].toSorted((left, right) => left - right);
}

function keptWords({ days, removed, removedUntil }: Retention): string {
  const kept = days === null ? 'Events are kept for ever.' : `Events are kept for at least ${plural(days, 'day')}.`;
  if (removed === 0 || removedUntil === null) return `${kept} Nothing was removed so far.`;
  return `${kept} ${plural(removed, 'event')} until ${exactWords(Date.parse(removedUntil))} were removed; signed anchors stand for them.`;
}

function ConfirmRetention({ days, onClose }: { days: number | null; onClose: () => void }) {
  const set = useSend('PUT /audit-retention', { onSuccess: onClose });
  const effect =
    days === null
      ? 'From now on no event is removed. What was removed before stays removed.'
      : `Events older than ${plural(days, 'day')} are removed for good, by whole segments up to a signed checkpoint. An anchor stays in their place, so that the rest still verifies. Export the record first if you need what is older.`;
  return (
    <ConfirmEffect
      title="How long the record is kept"
      effect={effect}
      verb={days === null ? 'Keep for ever' : `Keep ${plural(days, 'day')}`}
      isDestructive={days !== null}
      isBusy={set.isPending}
      problem={set.error}
      onConfirm={() => set.mutate({ body: { days } })}
      onClose={onClose}
    />
  );
}
