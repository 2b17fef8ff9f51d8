import { cx } from '../lib/class-names.ts';
import css from './CodeBlock.module.css';
import { CopyButton } from './CopyButton.tsx';

interface CodeBlockProps {
  /** What it is, for those who reach it by keyboard. */
  label: string;
  text: string;
  isLow?: boolean;
  canCopy?: boolean;
}

/** SQL or other text as it is, in mono; long text scrolls inside. Never interpreted. */
export function CodeBlock({ label, text, isLow, canCopy }: CodeBlockProps) {
  return (
    <div className={cx(css.place, canCopy && css.hasCopy)}>
      {/* biome-ignore-start lint/a11y: it may scroll, and without a pointer only the focus can scroll it */}
      <pre className={cx(css.code, isLow && css.low)} tabIndex={0} role="group" aria-label={label}>
        {text}
      </pre>
      {/* biome-ignore-end lint/a11y: see above */}
      {canCopy && <CopyButton className={css.copy} text={text} />}
    </div>
  );
}
