import type { ApprovalFlow } from '@tidegate/contract';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import type { Reply } from '../../api/client.ts';
import { useSend } from '../../api/queries.ts';
import { plural } from '../../lib/plural.ts';
import { Button } from '../../ui/Button.tsx';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Section } from '../../ui/Page.tsx';
import css from './Approval.module.css';
import { FlowDrawer } from './FlowDrawer.tsx';

type Open = { kind: 'new' } | { kind: 'edit' | 'delete'; flow: ApprovalFlow };

/** The flows, each as sentences, with where it is used. */
export function FlowList({ approval }: { approval: Reply<'GET /approval'> }) {
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const remove = useSend('DELETE /approval/flows/:flowId', { onSuccess: close });
  return (
    <Section
      title="Flows"
      actions={
        may(approval, 'manage') && (
          <Button isSmall onClick={() => setOpen({ kind: 'new' })}>
            Add flow
          </Button>
        )
      }
    >
      {approval.flows.length === 0 && <EmptyState>Without a flow nothing can be asked for.</EmptyState>}
      <ul className={css.flows}>
        {approval.flows.map((flow) => (
          <li key={flow.id} className={css.flow}>
            <span className={css.flowName}>{flow.name}</span>
            <FlowWords flow={flow} />
            <span className={css.soft}>{flow.usedBy === 0 ? 'not used' : `in ${plural(flow.usedBy, 'cell')}`}</span>
            <span className={css.flowActions}>
              {may(flow, 'edit') && (
                <Button
                  isSmall
                  look="quiet"
                  aria-label={`Edit ${flow.name}`}
                  onClick={() => setOpen({ kind: 'edit', flow })}
                >
                  Edit
                </Button>
              )}
              {may(flow, 'delete') && (
                <Button
                  isSmall
                  look="quiet"
                  aria-label={`Delete ${flow.name}`}
                  onClick={() => setOpen({ kind: 'delete', flow })}
                >
                  Delete
                </Button>
              )}
            </span>
          </li>
        ))}
      </ul>
      {open?.kind === 'new' && <FlowDrawer flow={null} roles={approval.roles} onClose={close} />}
      {open?.kind === 'edit' && <FlowDrawer flow={open.flow} roles={approval.roles} onClose={close} />}
      {open?.kind === 'delete' && (
        <ConfirmEffect
          title={`Delete ${open.flow.name}`}
          effect="No cell uses it. Requests that were sent under it go on as they were sent."
          verb="Delete flow"
          isDestructive
          isBusy={remove.isPending}
          problem={remove.error}
          onConfirm={() => remove.mutate({ params: { flowId: open.flow.id } })}
          onClose={close}
        />
      )}
    </Section>
  );
}

function FlowWords({ flow }: { flow: ApprovalFlow }) {
  if (flow.stepSentences.length < 2) return <span className={css.flowWords}>{flow.sentence}</span>;
  return (
    <ol className={css.flowWords}>
      {flow.stepSentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ol>
  );
}
