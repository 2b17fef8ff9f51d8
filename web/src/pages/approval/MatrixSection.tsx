import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import type { Reply } from '../../api/client.ts';
import { read, useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { Section } from '../../ui/Page.tsx';
import css from './Approval.module.css';
import { ApprovalReplay } from './ApprovalReplay.tsx';
import { Matrix } from './Matrix.tsx';
import { isEmpty, type MatrixDraft, merged, noDraft, withCaps, withCell } from './matrix-draft.ts';

/** The workspace's matrix: changed as a whole, replayed, saved. */
export function MatrixSection({ approval }: { approval: Reply<'GET /approval'> }) {
  const [draft, setDraft] = useState<MatrixDraft>(noDraft);
  const saved = { cells: approval.matrix, caps: approval.caps };
  const shown = merged(saved, draft);
  const replay = useSend('POST /approval/replay');
  const client = useQueryClient();
  const save = useSend('PUT /approval/matrix', {
    onSuccess: (matrix) => {
      // What was saved stands there at once: the former matrix must not show through until it is read anew.
      client.setQueryData(read('GET /approval').queryKey, (former) => former && { ...former, ...matrix });
      edit(noDraft);
    },
  });
  const body = { cells: [...draft.cells], caps: [...draft.caps] };
  const edit = (next: MatrixDraft) => {
    setDraft(next);
    replay.reset();
  };
  return (
    <Section title="Who decides">
      <Matrix
        label="Flow by what is asked for and its risk"
        {...shown}
        flows={approval.flows}
        emptyWords="Cannot be asked for"
        mayEdit={may(approval, 'manage')}
        onCell={(cell) => edit(withCell(draft, saved.cells, cell))}
        onCaps={(caps) => edit(withCaps(draft, saved.caps, caps))}
      />
      <ApprovalReplay report={replay.data} problem={replay.error} isBusy={replay.isPending} />
      <ErrorNotice error={save.error} />
      {!isEmpty(draft) && (
        <div className={css.save}>
          <Button look="primary" isBusy={save.isPending} onClick={() => save.mutate({ body })}>
            Save changes
          </Button>
          <Button isBusy={replay.isPending} onClick={() => replay.mutate({ body })}>
            Replay the last 30 days
          </Button>
          <Button look="quiet" onClick={() => edit(noDraft)}>
            Discard
          </Button>
        </div>
      )}
    </Section>
  );
}
