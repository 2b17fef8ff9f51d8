import { RelativeTime } from '../../ui/RelativeTime.tsx';
import css from './RequestPage.module.css';
import type { RequestDetail } from './RequestPage.tsx';

/** What approvers took away from what was asked. */
export function Cuts({ request }: { request: RequestDetail }) {
  if (request.cuts.length === 0) return null;
  return (
    <section className={css.part} aria-label="What was cut">
      <h2>What was cut</h2>
      <ul className={css.cuts}>
        {request.cuts.map((cut) => (
          <li key={cut.at}>
            {cut.sentence}
            <span className={css.soft}>
              {' '}
              by {cut.by.name} <RelativeTime at={cut.at} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
