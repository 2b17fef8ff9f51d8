import css from './DataLabels.module.css';

/** Labels of a table or column, small beside its name: what is sensitive about it. */
export function DataLabels({ labels }: { labels: readonly string[] }) {
  if (labels.length === 0) return null;
  return (
    <span className={css.labels}>
      <span className="visually-hidden">labels: </span>
      {labels.map((label) => (
        <span key={label} className={css.label}>
          {label}
        </span>
      ))}
    </span>
  );
}
