import type { Expiry } from '@tidegate/contract';
import { useState } from 'react';
import { serverNow } from '../api/server-clock.ts';
import { durationWords, parseDuration } from '../lib/duration.ts';
import { expiryProblem, fromLocalField, nextEvening, toLocalField } from '../lib/expiry.ts';
import { instantWords } from '../lib/time-words.ts';
import css from './DurationChips.module.css';
import { SegmentField } from './Field.tsx';
import { useServerTime } from './use-server-time.ts';

export interface Duration {
  readonly label: string;
  readonly minutes: number;
}

interface DurationChipsProps {
  label: string;
  /** Null while what was typed is no length of time. */
  value: Expiry | null;
  onChange: (value: Expiry | null) => void;
  durations: readonly Duration[];
  /** Only where policy allows access without an end. */
  allowsNever?: boolean;
  error?: string | null | undefined;
}

type Mode = `after ${number}` | 'evening' | 'length' | 'date' | 'never';

function modeOf(value: Expiry | null, durations: readonly Duration[], evening: number): Mode {
  if (value === null) return 'length';
  if (value.kind === 'never') return 'never';
  if (value.kind === 'at') return Date.parse(value.at) === evening ? 'evening' : 'date';
  return durations.some(({ minutes }) => minutes === value.minutes) ? `after ${value.minutes}` : 'length';
}

/** How long: the usual lengths, until this evening, any length as typed, or a date. */
export function DurationChips({ label, value, onChange, durations, allowsNever, error }: DurationChipsProps) {
  const now = useServerTime(() => 60_000);
  const evening = nextEvening(now);
  const [own, setOwn] = useState<'length' | 'date' | null>(null);
  const [typed, setTyped] = useState('');
  const mode = own ?? modeOf(value, durations, evening);
  const choices: { value: Mode; label: string }[] = [
    ...durations.map(({ label: words, minutes }) => ({ value: `after ${minutes}` as const, label: words })),
    { value: 'evening', label: `until ${instantWords(evening, now)}` },
    { value: 'length', label: 'Other length' },
    { value: 'date', label: 'Until a date' },
    ...(allowsNever ? [{ value: 'never' as const, label: 'No end' }] : []),
  ];
  const choose = (next: Mode) => {
    setOwn(next === 'length' || next === 'date' ? next : null);
    onChange(expiryOf(next, typed, evening));
  };
  const problem = error ?? (mode === 'length' && typed === '' ? null : expiryProblem(value, now));
  return (
    <div className={css.field}>
      <SegmentField label={label} value={mode} choices={choices} onChange={choose} />
      {mode === 'length' && (
        <div className={css.more}>
          <input
            className={`${css.input} ${css.length}`}
            aria-label="Length of time"
            placeholder="90m, 4h, 2 days"
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              onChange(expiryOf('length', event.target.value, evening));
            }}
          />
          {value?.kind === 'after' && <span className={css.says}>= {durationWords(value.minutes)}</span>}
        </div>
      )}
      {mode === 'date' && (
        <input
          className={css.input}
          type="datetime-local"
          aria-label="Until"
          min={toLocalField(now + 60_000)}
          value={value?.kind === 'at' ? toLocalField(Date.parse(value.at)) : ''}
          onChange={(event) => {
            const at = fromLocalField(event.target.value);
            if (at !== null) onChange({ kind: 'at', at });
          }}
        />
      )}
      {problem && (
        <span className={css.error} role="alert">
          {problem}
        </span>
      )}
    </div>
  );
}

function expiryOf(mode: Mode, typed: string, evening: number): Expiry | null {
  if (mode === 'never') return { kind: 'never' };
  if (mode === 'evening') return { kind: 'at', at: new Date(evening).toISOString() };
  if (mode === 'date') return { kind: 'at', at: new Date(serverNow() + 24 * 60 * 60_000).toISOString() };
  if (mode !== 'length') return { kind: 'after', minutes: Number(mode.slice('after '.length)) };
  const minutes = parseDuration(typed);
  return minutes === null ? null : { kind: 'after', minutes };
}
