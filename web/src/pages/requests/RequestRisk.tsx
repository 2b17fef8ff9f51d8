import { plural } from '../../lib/plural.ts';
import { LevelTag } from '../../ui/LevelTag.tsx';
import css from './RequestPage.module.css';
import type { RequestDetail } from './RequestPage.tsx';

const sources = { read: 'Read', write: 'Write', export: 'Export', emergency: 'Emergency' } as const;

/** How risky it was found to be, and the rule that says so. */
export function RequestRisk({ request }: { request: Pick<RequestDetail, 'risk' | 'level'> }) {
  if (request.risk.length === 0) return null;
  const isOne = request.risk.length === 1;
  return (
    <section className={css.part} aria-label="Risk">
      <h2>Risk</h2>
      <ul className={css.risk}>
        {request.risk.map(({ source, level, ruleName, reason, isFaulty }) => (
          <li key={source}>
            <span className={css.level}>
              {!isOne && <span>{sources[source]}</span>}
              <LevelTag level={level} />
              <span className={css.soft}>
                {level === request.level || ruleName === null ? reason : `by “${ruleName}”`}
              </span>
            </span>
            {isFaulty && <span className={css.faulty}>A rule could not be evaluated: it counts as high.</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** `2 of 3 people have approved` in words; nothing where one person decides. */
export function quorumWords(approved: number, quorum: number): string | null {
  if (quorum === 1) return null;
  return `${approved} of ${plural(quorum, 'approval')}`;
}
