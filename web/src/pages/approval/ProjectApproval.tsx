import { useQuery } from '@tanstack/react-query';
import type { LevelCaps, MatrixCell } from '@tidegate/contract';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import type { Reply } from '../../api/client.ts';
import { read, useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { Section } from '../../ui/Page.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import css from './Approval.module.css';
import { Matrix } from './Matrix.tsx';
import { isEmpty, type MatrixDraft, merged, noDraft, withCaps, withCell } from './matrix-draft.ts';

/** What the project adds to the workspace's approval: it can only be stricter. */
export function ProjectApproval({ projectId }: { projectId: string }) {
  const approval = useQuery(read('GET /projects/:projectId/approval', { params: { projectId } }));
  return (
    <Section title="Custom approval">
      <p className={css.lead}>
        A flow chosen here has to be satisfied beside the workspace’s, and of two limits the tighter one holds.
      </p>
      <ErrorNotice error={approval.error} onRetry={() => void approval.refetch()} />
      {approval.isPending && <SkeletonBlock lines={4} />}
      {approval.data && <Additions projectId={projectId} approval={approval.data} />}
    </Section>
  );
}

function Additions(props: { projectId: string; approval: Reply<'GET /projects/:projectId/approval'> }) {
  const { projectId, approval } = props;
  const [draft, setDraft] = useState<MatrixDraft>(noDraft);
  const save = useSend('PUT /projects/:projectId/approval', { onSuccess: () => setDraft(noDraft) });
  const saved: MatrixDraft = { cells: approval.cells, caps: approval.caps };
  const shown = merged(saved, draft);
  const body = { cells: shown.cells.flatMap(chosenOf), caps: shown.caps.filter((caps) => !isNoLimit(caps)) };
  return (
    <>
      <Matrix
        label="Flows that the project adds"
        {...shown}
        flows={approval.flows}
        emptyWords="as the workspace"
        noCapsWords="as the workspace"
        mayEdit={may(approval, 'edit')}
        onCell={(cell) => setDraft(withCell(draft, saved.cells, cell))}
        onCaps={(caps) => setDraft(withCaps(draft, saved.caps, caps))}
      />
      <ErrorNotice error={save.error} />
      {!isEmpty(draft) && (
        <div className={css.save}>
          <Button look="primary" isBusy={save.isPending} onClick={() => save.mutate({ params: { projectId }, body })}>
            Save changes
          </Button>
          <Button look="quiet" onClick={() => setDraft(noDraft)}>
            Discard
          </Button>
        </div>
      )}
    </>
  );
}

function chosenOf({ source, level, flowId }: MatrixCell) {
  return flowId === null ? [] : [{ source, level, flowId }];
}

const longest = 366 * 24 * 60;
const isNoLimit = (caps: LevelCaps) => caps.longestMinutes >= longest && caps.allowsNoEnd && !caps.needsTicket;
