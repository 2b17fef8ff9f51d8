import { useEffect } from 'react';
import { useSend } from '../../api/queries.ts';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import { changeOf, draftOf, type Rule } from './rule-draft.ts';

/** Says what past requests would have got without the rule before it is deleted. */
export function DeleteRuleDialog({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const remove = useSend('DELETE /risk-rules/:ruleId', { onSuccess: onClose });
  const replay = useSend('POST /risk-rules/replay');
  const { mutate } = replay;
  useEffect(() => {
    mutate({ body: { change: changeOf(draftOf(rule), rule.source, rule.id), isDeleted: true } });
  }, [mutate, rule]);
  const refused = replay.data?.counts
    .filter(({ after }) => after === null)
    .reduce((sum, { requests }) => sum + requests, 0);
  return (
    <ConfirmEffect
      title={`Delete ${rule.name}`}
      verb="Delete rule"
      isDestructive
      effect={
        replay.data && (
          <>
            {replay.data.sentence}
            {refused ? ` ${refused} of them no rule would match: they would be refused.` : ''} What the rule said of
            past requests stays on record.
          </>
        )
      }
      effectProblem={replay.error}
      isBusy={remove.isPending}
      problem={remove.error}
      onConfirm={() => remove.mutate({ params: { ruleId: rule.id } })}
      onClose={onClose}
    />
  );
}
