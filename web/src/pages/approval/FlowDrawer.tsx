import type { ApprovalFlow, FlowDraft } from '@tidegate/contract';
import { useState } from 'react';
import { useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { Drawer } from '../../ui/Dialog.tsx';
import { AttentionNote, ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { CheckField, SegmentField, SelectField, TextField } from '../../ui/Field.tsx';
import { Form, FormActions } from '../../ui/Page.tsx';
import css from './Approval.module.css';
import { ApprovalReplay } from './ApprovalReplay.tsx';
import { draftOf, flowKinds, lengthChoices, toSend, withNewStep, withoutStep, withStep } from './flow-draft.ts';
import { StepFields } from './StepFields.tsx';

interface FlowDrawerProps {
  /** Null: a new one. */
  flow: ApprovalFlow | null;
  roles: readonly { role: string; label: string }[];
  onClose: () => void;
}

/** Writes a flow, and what it would have done to past requests before it is saved. */
export function FlowDrawer({ flow, roles, onClose }: FlowDrawerProps) {
  const [draft, setDraft] = useState<FlowDraft>(() => draftOf(flow));
  const [names, setNames] = useState<Readonly<Record<string, string>>>(flow?.names ?? {});
  const add = useSend('POST /approval/flows', { onSuccess: onClose });
  const save = useSend('PUT /approval/flows/:flowId', { onSuccess: onClose });
  const replay = useSend('POST /approval/replay');
  const problem = add.error ?? save.error;
  const edit = (patch: Partial<FlowDraft>) => {
    setDraft((former) => ({ ...former, ...patch }));
    replay.reset();
  };
  const submit = () =>
    flow === null
      ? add.mutate({ body: toSend(draft) })
      : save.mutate({ params: { flowId: flow.id }, body: { ...toSend(draft), version: flow.version } });
  const isEmpty =
    draft.name.trim() === '' || (draft.kind === 'steps' && draft.steps.some((s) => s.deciders.length === 0));
  const title = flow === null ? 'Add flow' : flow.name;
  return (
    <Drawer title={title} isOpen onClose={onClose} width={760}>
      <Form label={title} onSubmit={submit}>
        <TextField
          label="Name"
          data-autofocus
          required
          maxLength={80}
          placeholder="Project Owner"
          value={draft.name}
          error={problem?.fields['name']}
          onChange={(name) => edit({ name })}
        />
        <SegmentField label="What happens" value={draft.kind} choices={flowKinds} onChange={(kind) => edit({ kind })} />
        {draft.kind === 'steps' && (
          <>
            {draft.steps.map((step, at) => (
              <StepFields
                // biome-ignore lint/suspicious/noArrayIndexKey: steps have no identity but their place
                key={at}
                number={at + 1}
                steps={draft.steps.length}
                {...{ step, roles, names }}
                onNames={setNames}
                onChange={(patch) => edit(withStep(draft, at, patch))}
                onRemove={draft.steps.length > 1 ? () => edit(withoutStep(draft, at)) : null}
              />
            ))}
            <div>
              <Button disabled={draft.steps.length >= 10} onClick={() => edit(withNewStep(draft))}>
                Add step
              </Button>
            </div>
            <SelectField
              label="Extensions of a grant in use"
              hint="Up to so much altogether, nobody is asked again."
              value={draft.extendsMinutes === null ? '' : String(draft.extendsMinutes)}
              choices={lengthChoices('are decided like requests', draft.extendsMinutes)}
              onChange={(value) => edit({ extendsMinutes: value === '' ? null : Number(value) })}
            />
          </>
        )}
        {draft.kind === 'auto_approve' && (
          <>
            <AttentionNote>Nobody is asked: whoever may request gets access at once, on record.</AttentionNote>
            <CheckField
              label="Also for write"
              hint="Without it, this flow never stands for write."
              isChecked={draft.approvesWrite}
              onChange={(approvesWrite) => edit({ approvesWrite })}
            />
          </>
        )}
        {flow !== null && flow.usedBy > 0 && (
          <p className={css.soft}>Requests that were sent keep the version they were sent under.</p>
        )}
        <ApprovalReplay report={replay.data} problem={replay.error} isBusy={replay.isPending} />
        <ErrorNotice error={problem} />
        <FormActions>
          <Button type="submit" look="primary" isBusy={add.isPending || save.isPending} disabled={isEmpty}>
            {flow === null ? 'Add flow' : 'Save flow'}
          </Button>
          {flow !== null && (
            <Button
              isBusy={replay.isPending}
              disabled={isEmpty}
              onClick={() => replay.mutate({ body: { flows: [{ ...toSend(draft), id: flow.id }] } })}
            >
              Replay the last 30 days
            </Button>
          )}
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </FormActions>
      </Form>
    </Drawer>
  );
}
