import type { ReactNode } from 'react';
import { asProblem } from '../api/problem.ts';
import { cx } from '../lib/class-names.ts';
import { Button } from './Button.tsx';
import css from './ErrorNotice.module.css';
import { IconAttention, IconRefused } from './icons.ts';

/** What happened, what to do, and an id to quote. */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  if (error === null || error === undefined) return null;
  const problem = asProblem(error);
  return (
    <div className={css.notice} role="alert">
      <IconRefused aria-hidden="true" />
      <span className={css.text}>
        {problem.message}
        {problem.id !== '' && (
          <span className={css.id}>
            To quote to your administrator: <code>{problem.id}</code>
          </span>
        )}
      </span>
      {onRetry && (
        <Button isSmall onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Something to know before acting. */
export function AttentionNote({ children }: { children: ReactNode }) {
  return (
    <div className={cx(css.notice, css.note)}>
      <IconAttention aria-hidden="true" />
      <span className={css.text}>{children}</span>
    </div>
  );
}
