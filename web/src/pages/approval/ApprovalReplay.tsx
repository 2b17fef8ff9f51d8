import { Link } from '@tanstack/react-router';
import type { Reply } from '../../api/client.ts';
import type { ApiProblem } from '../../api/problem.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import css from './Approval.module.css';

type Report = Reply<'POST /approval/replay'>;
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
  { key: 'before', head: 'As it is', draw: ({ before }) => before.words },
  { key: 'after', head: 'Would be', draw: ({ after }) => after.words },
];

/** What the change would have done to the requests of the last days, before it is saved. */
export function ApprovalReplay(props: { report: Report | undefined; problem: ApiProblem | null; isBusy: boolean }) {
  const { report, problem, isBusy } = props;
  if (problem) return <ErrorNotice error={problem} />;
  if (isBusy) return <SkeletonBlock lines={3} />;
  if (report === undefined) return null;
  return (
    <section className={css.replay} aria-label="Replay" aria-live="polite">
      <p>{report.sentence}</p>
      {report.changes.length > 0 && (
        <DataTable<Change>
          label="Requests that would meet something else"
          isStacked
          columns={columns}
          list={{ data: { items: report.changes }, error: null, isPending: false, isPlaceholderData: false }}
          idOf={(change) => change.requestId}
          empty={null}
        />
      )}
      {report.requests > 0 && report.changes.length === 0 && (
        <p className={css.soft}>No request would have met anything else.</p>
      )}
      {report.changed > report.changes.length && <p>The newest {report.changes.length} of them are listed.</p>}
    </section>
  );
}
