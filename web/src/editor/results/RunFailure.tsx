import type { ReactNode } from 'react';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import type { Run } from '../state/editor-tab.ts';
import css from './ResultPane.module.css';

/** Where in its statement an error stands: `line 2, column 8`. */
export function positionWords(text: string, position: number): string {
  const before = text.slice(0, position);
  const line = before.split('\n').length;
  return `line ${line}, column ${position - before.lastIndexOf('\n')}`;
}

/** Why a statement has no result: in the server's words, with the place and an id to quote. */
export function RunFailure({ run, children }: { run: Run; children?: ReactNode }) {
  const { problem, position } = run;
  if (problem === null) return null;
  if (problem.code === 'statement.cancelled') {
    return (
      <div className={css.message} role="status">
        <p>{problem.message}</p>
        {children}
      </div>
    );
  }
  const serverCode = problem.details['serverCode'];
  return (
    <div className={css.message}>
      <ErrorNotice error={problem} />
      <p className={css.place}>
        {position !== null && <span>At {positionWords(run.text, position)} of the statement, marked in the text.</span>}
        {typeof serverCode === 'string' && <span>Server code {serverCode}.</span>}
      </p>
      {children}
    </div>
  );
}
