import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ApiProblem } from '../api/problem.ts';
import { type Column, DataTable } from './DataTable.tsx';
import { ErrorNotice } from './ErrorNotice.tsx';
import { RelativeTime } from './RelativeTime.tsx';
import css from './ReplayChanges.module.css';
import { SkeletonBlock } from './Skeleton.tsx';

interface ChangedRequest {
  readonly requestId: string;
  readonly number: number;
  readonly requester: string;
  readonly project: string;
  readonly createdAt: string;
}

interface ReplayChangesProps<T> {
  report: { readonly sentence: string; readonly changed: number; readonly changes: readonly T[] } | undefined;
  problem: ApiProblem | null;
  isBusy: boolean;
  label: string;
  /** What is another for a request, behind which it is and who asked when. */
  columns: readonly Column<T>[];
  children?: ReactNode;
}

/** What something that is not saved yet would have done to the requests of the last days. */
export function ReplayChanges<T extends ChangedRequest>(props: ReplayChangesProps<T>) {
  const { report, problem, isBusy, label, columns, children } = props;
  if (problem) return <ErrorNotice error={problem} />;
  if (isBusy) return <SkeletonBlock lines={3} />;
  if (report === undefined) return null;
  return (
    <section className={css.replay} aria-label="Replay" aria-live="polite">
      <p>{report.sentence}</p>
      {children}
      {report.changes.length > 0 && (
        <DataTable<T>
          label={label}
          columns={[...requestColumns, ...columns]}
          list={{ data: { items: report.changes }, error: null, isPending: false, isPlaceholderData: false }}
          idOf={(change) => change.requestId}
          empty={null}
        />
      )}
      {report.changed > report.changes.length && <p>The newest {report.changes.length} of them are listed.</p>}
    </section>
  );
}

const requestColumns: readonly Column<ChangedRequest>[] = [
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
];
