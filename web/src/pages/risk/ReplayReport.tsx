import type { Reply } from '../../api/client.ts';
import { plural } from '../../lib/plural.ts';
import type { Column } from '../../ui/DataTable.tsx';
import { LevelTag } from '../../ui/LevelTag.tsx';
import { ReplayChanges } from '../../ui/ReplayChanges.tsx';
import css from './Risk.module.css';
import type { Replay } from './use-replay.ts';

type Change = Reply<'POST /risk-rules/replay'>['changes'][number];

const columns: readonly Column<Change>[] = [
  {
    key: 'levels',
    head: 'Level',
    isTight: true,
    draw: ({ before, after }) => (
      <span className={css.fromTo}>
        <LevelTag level={before} /> → <LevelTag level={after} />
      </span>
    ),
  },
  { key: 'rule', head: 'By the rule', draw: ({ ruleAfter }) => ruleAfter ?? 'none: it would be refused' },
];

/** What a rule would have done to the requests of the last days, before it is saved. */
export function ReplayReport({ report, outcomes, problem, isBusy }: Replay) {
  return (
    <ReplayChanges<Change> {...{ report, problem, isBusy, columns }} label="Requests that would get another level">
      {outcomes && outcomes.requests > 0 && (
        <p>
          {outcomes.sentence} {changedWords(outcomes.changed)}
        </p>
      )}
      {report !== undefined && report.counts.length > 0 && (
        <ul className={css.counts}>
          {report.counts.map(({ before, after, requests }) => (
            <li key={`${before} ${after}`} className={css.fromTo}>
              {plural(requests, 'request')}: <LevelTag level={before} /> → <LevelTag level={after} />
            </li>
          ))}
        </ul>
      )}
    </ReplayChanges>
  );
}

function changedWords(changed: number): string {
  return changed === 0
    ? 'That is what they met by the rules as they are saved.'
    : `${plural(changed, 'request')} would have met something else than by the rules as they are saved.`;
}
