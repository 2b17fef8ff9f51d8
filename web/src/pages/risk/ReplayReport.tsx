import { Link } from '@tanstack/react-router';
import type { Reply } from '../../api/client.ts';
import { plural } from '../../lib/plural.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { LevelTag } from '../../ui/LevelTag.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import css from './Risk.module.css';
import type { Replay } from './use-replay.ts';

type Report = Reply<'POST /risk-rules/replay'>;
type Change = Report['changes'][number];

const columns: readonly Column<Change>[] = [
  {
    key: 'request',
    head: 'Request',
    isTight: true,
    draw: ({ requestId, number }) => (
      <Link to="/requests/$requestId" params={{ requestId }}>
        #{number}
      </Link>
    ),
  },
  { key: 'who', head: 'Requester', draw: ({ requester, project }) => `${requester} in ${project}` },
  { key: 'when', head: 'Asked', isTight: true, draw: ({ createdAt }) => <RelativeTime at={createdAt} /> },
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
  if (problem) return <ErrorNotice error={problem} />;
  if (isBusy) return <SkeletonBlock lines={3} />;
  if (report === undefined) return null;
  return (
    <section className={css.replay} aria-label="Replay" aria-live="polite">
      <p>{report.sentence}</p>
      {outcomes && outcomes.requests > 0 && (
        <p>
          {outcomes.sentence} {changedWords(outcomes.changed)}
        </p>
      )}
      {report.counts.length > 0 && (
        <ul className={css.counts}>
          {report.counts.map(({ before, after, requests }) => (
            <li key={`${before} ${after}`} className={css.fromTo}>
              {plural(requests, 'request')}: <LevelTag level={before} /> → <LevelTag level={after} />
            </li>
          ))}
        </ul>
      )}
      {report.changes.length > 0 && (
        <DataTable<Change>
          label="Requests that would get another level"
          isStacked
          columns={columns}
          list={{ data: { items: report.changes }, error: null, isPending: false, isPlaceholderData: false }}
          idOf={(change) => change.requestId}
          empty={null}
        />
      )}
      {report.changed > report.changes.length && <p>The newest {report.changes.length} of them are listed.</p>}
    </section>
  );
}

function changedWords(changed: number): string {
  return changed === 0
    ? 'That is what they met by the rules as they are saved.'
    : `${plural(changed, 'request')} would have met something else than by the rules as they are saved.`;
}
