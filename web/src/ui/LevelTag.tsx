import type { RiskLevel } from '@tidegate/contract';
import { cx } from '../lib/class-names.ts';
import css from './LevelTag.module.css';

const steps = { low: 1, moderate: 2, high: 3 } as const;

/** How risky, as a word with a rising mark; null: no rule matched, nothing is allowed. */
export function LevelTag({ level }: { level: RiskLevel | null }) {
  if (level === null) return <span className={cx(css.level, css.none)}>no level</span>;
  return (
    <span className={cx(css.level, css[level])}>
      <span className={css.mark} aria-hidden="true">
        {[1, 2, 3].map((step) => (
          <span key={step} className={cx(css.step, step <= steps[level] && css.full)} />
        ))}
      </span>
      {level}
    </span>
  );
}
