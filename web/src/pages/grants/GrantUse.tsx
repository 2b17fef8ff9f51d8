import type { Grant } from '@tidegate/contract';
import { plural } from '../../lib/plural.ts';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import css from './Grant.module.css';

/** What was used of a grant, in a sentence. */
export function GrantUse({ grant }: { grant: Pick<Grant, 'use'> }) {
  const { statements, rows, lastAt, tables } = grant.use;
  if (statements === 0) return <p className={css.use}>Not used yet.</p>;
  return (
    <p className={css.use}>
      {plural(statements, 'statement')}, {plural(rows, 'row')}, last <RelativeTime at={lastAt} />
      {tables.length > 0 && (
        <>
          , on <span className="mono">{tables.join(', ')}</span>
        </>
      )}
    </p>
  );
}
