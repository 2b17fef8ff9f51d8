import type { ReactNode } from 'react';
import { cx } from '../../lib/class-names.ts';
import { IconApprove } from '../../ui/icons.ts';
import css from './HomePage.module.css';

export interface GuideStep {
  readonly title: string;
  readonly how: ReactNode;
  readonly isDone: boolean;
  /** Offered while it is this step's turn. */
  readonly action?: ReactNode;
}

/** Steps in order; the first that is not done has its turn and shows its action. */
export function Guide({ steps }: { steps: readonly GuideStep[] }) {
  const turn = steps.findIndex((step) => !step.isDone);
  return (
    <ol className={css.guide}>
      {steps.map((step, index) => (
        <li
          key={step.title}
          className={cx(css.step, step.isDone && css.done, index === turn && css.now)}
          aria-current={index === turn ? 'step' : undefined}
        >
          <span className={css.mark} aria-hidden="true">
            {step.isDone ? <IconApprove size={12} /> : index + 1}
          </span>
          <span className={css.stepTitle}>
            {step.title}
            {step.isDone && <span className="visually-hidden"> (done)</span>}
          </span>
          {index === turn && <span className={css.how}>{step.how}</span>}
          {index === turn && step.action && <div className={css.stepAction}>{step.action}</div>}
        </li>
      ))}
    </ol>
  );
}
