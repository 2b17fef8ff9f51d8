import type { RiskSource } from '@tidegate/contract';
import { riskSourceLabels } from '@tidegate/contract/risk-attributes';
import { useState } from 'react';
import { useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { Drawer } from '../../ui/Dialog.tsx';
import { AttentionNote, ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { CheckField, SegmentField, TextField } from '../../ui/Field.tsx';
import { Form, FormActions } from '../../ui/Page.tsx';
import { ConditionText } from './ConditionText.tsx';
import { ReplayReport } from './ReplayReport.tsx';
import css from './Risk.module.css';
import { changeOf, draftOf, levelChoices, type Rule, type RuleDraft, withSentence, withText } from './rule-draft.ts';
import { SentenceEditor } from './SentenceEditor.tsx';
import { useReplay } from './use-replay.ts';

interface RuleDrawerProps {
  source: RiskSource;
  /** Null: a new one. */
  rule: Rule | null;
  onClose: () => void;
}

/** Writes a rule: as sentences with its text beside them, and what it would have done to past requests. */
export function RuleDrawer({ source, rule, onClose }: RuleDrawerProps) {
  const [draft, setDraft] = useState<RuleDraft>(() => draftOf(rule));
  const add = useSend('POST /risk-rules', { onSuccess: onClose });
  const change = useSend('PATCH /risk-rules/:ruleId', { onSuccess: onClose });
  const replay = useReplay();
  const problem = add.error ?? change.error;
  const { name, level, isOn, condition } = draft;
  const body = { name: name.trim(), level, isOn, condition };
  const edit = (next: RuleDraft) => {
    setDraft(next);
    // What was found out is not of this text any more.
    if (next.condition !== condition || next.level !== level || next.isOn !== isOn) replay.reset();
  };
  const save = () =>
    rule === null
      ? add.mutate({ body: { ...body, source } })
      : change.mutate({ params: { ruleId: rule.id }, body: { ...body, version: rule.version } });
  const title = rule === null ? `Add rule for ${riskSourceLabels[source]}` : rule.name;
  return (
    <Drawer title={title} isOpen onClose={onClose} width={880}>
      <Form label={title} onSubmit={save}>
        <TextField
          label="Name"
          data-autofocus
          required
          maxLength={80}
          placeholder="Production is high"
          value={name}
          onChange={(next) => edit({ ...draft, name: next })}
          error={problem?.fields['name']}
        />
        <div className={css.condition}>
          {draft.sentence === null ? (
            <p className={css.textOnly}>
              This condition has no sentence: it uses more of CEL than sentences can say. Edit it as text.
            </p>
          ) : (
            <SentenceEditor group={draft.sentence} onChange={(sentence) => edit(withSentence(draft, sentence))} />
          )}
          <ConditionText value={condition} onChange={(text) => edit(withText(draft, text))} />
        </div>
        <SegmentField
          label="Level when it matches"
          value={level}
          choices={levelChoices}
          onChange={(next) => edit({ ...draft, level: next })}
        />
        <CheckField
          label="On"
          hint="A rule that is off says nothing."
          isChecked={isOn}
          onChange={(next) => edit({ ...draft, isOn: next })}
        />
        {rule?.fault && (
          <AttentionNote>It could not be evaluated: {rule.fault.message}. It counted as high.</AttentionNote>
        )}
        <ReplayReport {...replay} />
        <ErrorNotice error={problem} />
        <FormActions>
          <Button
            type="submit"
            look="primary"
            isBusy={add.isPending || change.isPending}
            disabled={name.trim() === '' || condition.trim() === ''}
          >
            {rule === null ? 'Add rule' : 'Save rule'}
          </Button>
          <Button
            isBusy={replay.isBusy}
            disabled={condition.trim() === ''}
            onClick={() => replay.start(changeOf(draft, source, rule?.id ?? null))}
          >
            Replay the last 30 days
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </FormActions>
      </Form>
    </Drawer>
  );
}
