import css from './Skeleton.module.css';

const widths = [62, 44, 71, 38, 55, 66, 49, 58];

/** The place of a line that is being read. */
export function SkeletonLine({ index = 0 }: { index?: number }) {
  return <span className={css.bar} style={{ width: `${widths[index % widths.length]}%` }} aria-hidden="true" />;
}

/** The place of a text that is being read. */
export function SkeletonBlock({ lines = 4 }: { lines?: number }) {
  return (
    <div className={css.block} role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are alike and never move
        <SkeletonLine key={index} index={index} />
      ))}
    </div>
  );
}
