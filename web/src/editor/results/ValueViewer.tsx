import type { Cell, ResultColumn } from '@tidegate/contract';
import { useEffect, useRef } from 'react';
import { numberWords, plural } from '../../lib/plural.ts';
import { Button } from '../../ui/Button.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { IconClose } from '../../ui/icons.ts';
import { cellText, columnTitle, isCut, jsonParts } from './cell-words.ts';
import css from './ValueViewer.module.css';

interface ValueViewerProps {
  column: ResultColumn;
  cell: Cell;
  row: number;
  onClose: () => void;
}

/** One value whole, exactly as the server wrote it. */
export default function ValueViewer({ column, cell, row, onClose }: ValueViewerProps) {
  const place = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the focus goes to each value that is opened
  useEffect(() => place.current?.querySelector('pre')?.focus(), [column, row]);
  const text = cellText(cell);
  return (
    <aside
      ref={place}
      className={css.viewer}
      aria-label="Value"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onClose();
      }}
    >
      <header className={css.head}>
        <span className={`mono ${css.name}`}>{columnTitle(column.name)}</span>
        <span className={css.about}>
          {column.type} · row {numberWords(row + 1)} · {lengthWords(cell, column)}
        </span>
        {text !== null && <CopyButton text={text} />}
        <Button isSmall isIcon look="quiet" aria-label="Close the value" onClick={onClose}>
          <IconClose aria-hidden="true" />
        </Button>
      </header>
      {isCut(cell) && <CutNote cell={cell} column={column} />}
      {/* biome-ignore-start lint/a11y: it may scroll, and without a pointer only the focus can scroll it */}
      <pre className={css.text} tabIndex={0} role="group" aria-label={`Value of ${columnTitle(column.name)}`}>
        {text === null ? (
          <em className={css.none}>NULL</em>
        ) : text === '' ? (
          <em className={css.none}>empty text</em>
        ) : null}
        {text !== null && (column.shape === 'json' ? <Json text={text} /> : text)}
      </pre>
      {/* biome-ignore-end lint/a11y: see above */}
    </aside>
  );
}

function lengthWords(cell: Cell, { shape }: ResultColumn): string {
  if (cell === null) return 'NULL';
  if (isCut(cell)) return `${numberWords(cell.length)} ${cell.unit}`;
  if (shape === 'binary') return plural(Math.floor(cell.replace(/^(\\x|0x)/i, '').length / 2), 'byte');
  return plural([...cell].length, 'character');
}

function CutNote({ cell, column }: { cell: Exclude<Cell, string | null>; column: ResultColumn }) {
  const shown =
    column.shape === 'binary' ? Math.floor(cell.head.replace(/^(\\x|0x)/i, '').length / 2) : [...cell.head].length;
  return (
    <p className={css.cut}>
      The first {numberWords(shown)} of {numberWords(cell.length)} {cell.unit}. To read on, select a part of it:{' '}
      <code>
        substring({column.name === '' ? '…' : column.name}, {shown + 1}, {shown})
      </code>
    </p>
  );
}

function Json({ text }: { text: string }) {
  return jsonParts(text).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one value never move
    <span key={index} className={css[part.kind]}>
      {part.text}
    </span>
  ));
}
