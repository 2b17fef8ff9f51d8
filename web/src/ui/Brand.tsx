import css from './Brand.module.css';

/** The mark: two gate posts and the tide line between them. */
export function Brand({ isMarkOnly = false }: { isMarkOnly?: boolean }) {
  return (
    <span className={css.brand}>
      <svg width="18" height="18" viewBox="0 0 18 18" fill="none" aria-hidden="true">
        <path className={css.gone} d="M3 9H15" />
        <path className={css.left} d="M3 9H10.5" />
        <path className={css.post} d="M3 2.5V15.5M15 2.5V15.5" />
      </svg>
      {isMarkOnly ? <span className="visually-hidden">Tidegate</span> : 'Tidegate'}
    </span>
  );
}
