import type { ReactNode } from 'react';
import css from './EmptyState.module.css';

/** What will appear here, and one button that makes it so. */
export function EmptyState({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className={css.empty}>
      <p>{children}</p>
      {action}
    </div>
  );
}
