import { cx } from '../lib/class-names.ts';
import css from './StateTag.module.css';

/** `open`: in force or active; `attention`: waits for somebody; `proven`: done well; `refused`; `rest`: over. */
export type StateTone = 'open' | 'attention' | 'proven' | 'refused' | 'rest';

/** A state in a word, with a mark that differs in shape and colour. */
export function StateTag({ tone, children }: { tone: StateTone; children: string }) {
  return <span className={cx(css.state, css[tone])}>{children}</span>;
}
