import { type ReactNode, useState } from 'react';
import { numberWords, plural } from '../../lib/plural.ts';
import { Button } from '../../ui/Button.tsx';
import { type RowLimit, type Run, rowLimits } from '../state/editor-tab.ts';
import { millisecondsWords, nextLimit, rowWords } from './footer-words.ts';
import css from './ResultPane.module.css';
import { useRowCount } from './use-rows.ts';

interface ResultFooterProps {
  run: Run;
  /** Runs the statement again with a higher limit. */
  onMoreRows: (limit: RowLimit) => void;
  children?: ReactNode;
}

/** States it all: rows, the limit and its rule, time in the database and in Tidegate, notices. */
export function ResultFooter({ run, onMoreRows, children }: ResultFooterProps) {
  useRowCount(run.rows);
  const { finished } = run;
  const more = finished?.cut ? nextLimit(rowLimits, finished.cut.limit) : null;
  return (
    <footer className={css.footer}>
      <span role="status" className={css.counts}>
        {rowWords(run)}
      </span>
      {more !== null && (
        <Button isSmall look="quiet" onClick={() => onMoreRows(more)}>
          Run again for {numberWords(more)}
        </Button>
      )}
      {finished && (
        <>
          <span className={css.command}>{finished.command}</span>
          <span className={css.fact}>
            {millisecondsWords(finished.databaseMs)} in the database, {millisecondsWords(finished.tidegateMs)} in
            Tidegate
          </span>
          <Notices notices={finished.notices} />
        </>
      )}
      {run.note !== null && <span className={css.fact}>{run.note}</span>}
      <span className={css.space} />
      {children}
    </footer>
  );
}

function Notices({ notices }: { notices: readonly string[] }) {
  const [isOpen, setIsOpen] = useState(false);
  if (notices.length === 0) return null;
  return (
    <>
      <Button isSmall look="quiet" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        {plural(notices.length, 'notice')}
      </Button>
      {isOpen && (
        <ul className={css.notices} aria-label="Notices of the server">
          {notices.map((notice, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the notices of one result never move, and may be alike
            <li key={index}>{notice}</li>
          ))}
        </ul>
      )}
    </>
  );
}
