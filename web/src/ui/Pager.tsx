import { numberWords } from '../lib/plural.ts';
import { Button } from './Button.tsx';
import css from './DataTable.module.css';
import { IconLeft, IconRight } from './icons.ts';

interface PagerProps {
  answer: { items: readonly unknown[]; total?: number; page?: number; pageSize?: number };
  onPage: (page: number) => void;
}

/** `1–50 of 1,203` and the ways back and on. */
export function Pager({ answer, onPage }: PagerProps) {
  const { items, total = items.length, page = 1, pageSize = items.length } = answer;
  const first = (page - 1) * pageSize + 1;
  const last = first + items.length - 1;
  const hasPages = total > pageSize;
  return (
    <nav className={css.pager} aria-label="Pages">
      <span>
        {hasPages
          ? `${numberWords(first)}–${numberWords(last)} of ${numberWords(total)}`
          : `${numberWords(total)} in all`}
      </span>
      {hasPages && (
        <>
          <Button isSmall isIcon aria-label="Former page" disabled={page <= 1} onClick={() => onPage(page - 1)}>
            <IconLeft aria-hidden="true" />
          </Button>
          <Button isSmall isIcon aria-label="Next page" disabled={last >= total} onClick={() => onPage(page + 1)}>
            <IconRight aria-hidden="true" />
          </Button>
        </>
      )}
    </nav>
  );
}
