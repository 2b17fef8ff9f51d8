import type { Reply } from '../../api/client.ts';
import type { ApiProblem } from '../../api/problem.ts';
import type { Column } from '../../ui/DataTable.tsx';
import { ReplayChanges } from '../../ui/ReplayChanges.tsx';
import css from './Approval.module.css';

type Report = Reply<'POST /approval/replay'>;
type Change = Report['changes'][number];

const columns: readonly Column<Change>[] = [
  { key: 'before', head: 'As it is', draw: ({ before }) => before.words },
  { key: 'after', head: 'Would be', draw: ({ after }) => after.words },
];

/** What the change would have done to the requests of the last days, before it is saved. */
export function ApprovalReplay(props: { report: Report | undefined; problem: ApiProblem | null; isBusy: boolean }) {
  const { report } = props;
  return (
    <ReplayChanges<Change> {...props} label="Requests that would meet something else" columns={columns}>
      {report !== undefined && report.requests > 0 && report.changes.length === 0 && (
        <p className={css.soft}>No request would have met anything else.</p>
      )}
    </ReplayChanges>
  );
}
