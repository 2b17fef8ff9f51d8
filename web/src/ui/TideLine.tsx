import { cx } from '../lib/class-names.ts';
import { type TideSource, tideAt } from '../lib/tide.ts';
import { exactWords } from '../lib/time-words.ts';
import css from './TideLine.module.css';
import { useServerTime } from './use-server-time.ts';

interface TideLineProps {
  startsAt: string;
  expiresAt: string | null;
  state: TideSource['state'];
  endedAt?: string | null | undefined;
  /** The bar above its words, as wide as the place it stands in. */
  isWide?: boolean;
  className?: string | undefined;
}

/** What is left of a grant: a thin bar that drains from right to left, and beside it always the words. */
export function TideLine({ startsAt, expiresAt, state, endedAt, isWide, className }: TideLineProps) {
  const source: TideSource = {
    startsAt: Date.parse(startsAt),
    expiresAt: expiresAt === null ? null : Date.parse(expiresAt),
    state,
    endedAt: endedAt ? Date.parse(endedAt) : null,
  };
  const now = useServerTime((instant) => tideAt(source, instant).nextChangeMs);
  const tide = tideAt(source, now);
  const exact = source.endedAt ?? source.expiresAt;
  return (
    <span
      className={cx(css.tide, css[tide.tone], isWide && css.wide, className)}
      title={exact === null ? undefined : exactWords(exact)}
      data-tone={tide.tone}
    >
      <span className={css.bar} aria-hidden="true">
        {tide.fraction > 0 && <span className={css.left} style={{ transform: `scaleX(${tide.fraction})` }} />}
      </span>
      <span className={css.words}>{tide.words}</span>
    </span>
  );
}
