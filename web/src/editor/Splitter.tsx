import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from 'react';
import { useStoredChoice } from '../lib/stored-choice.ts';
import css from './EditorPage.module.css';

const least = 15;
const most = 80;
const step = 5;
const bounded = (percent: number) => Math.min(most, Math.max(least, Math.round(percent)));

/** Text above, result below; the line between them is moved with the pointer or the arrow keys. */
export function Splitter({ above, below }: { above: ReactNode; below: ReactNode }) {
  const [kept, keep] = useStoredChoice<string>('tidegate.editor.split', '42');
  const place = useRef<HTMLDivElement>(null);
  const percent = bounded(Number(kept) || 42);
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const box = place.current?.getBoundingClientRect();
    if (box === undefined || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    keep(String(bounded(((event.clientY - box.top) / box.height) * 100)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowDown' ? step : event.key === 'ArrowUp' ? -step : 0;
    if (by === 0) return;
    event.preventDefault();
    keep(String(bounded(percent + by)));
  };
  return (
    <div
      ref={place}
      className={css.split}
      style={{
        gridTemplateColumns: 'minmax(0, 1fr)',
        gridTemplateRows: `minmax(0, ${percent}fr) 5px minmax(0, ${100 - percent}fr)`,
      }}
    >
      {above}
      {/* biome-ignore lint/a11y/useSemanticElements: a rule that can be moved is a separator with a value */}
      <div
        role="separator"
        aria-label="Height of the text"
        aria-orientation="horizontal"
        aria-valuenow={percent}
        aria-valuemin={least}
        aria-valuemax={most}
        tabIndex={0}
        className={css.divider}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onPointerMove}
        onKeyDown={onKeyDown}
      />
      {below}
    </div>
  );
}
