import { type DragEvent, type KeyboardEvent, useState } from 'react';
import { may } from '../../api/abilities.ts';
import { useSend } from '../../api/queries.ts';
import { cx } from '../../lib/class-names.ts';
import { Button } from '../../ui/Button.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { IconAttention, IconGrip } from '../../ui/icons.ts';
import { LevelTag } from '../../ui/LevelTag.tsx';
import css from './Risk.module.css';
import type { Rule } from './rule-draft.ts';

interface RuleListProps {
  label: string;
  rules: readonly Rule[];
  isStale: boolean;
  onEdit: (rule: Rule) => void;
  onDelete: (rule: Rule) => void;
}

/** The rules of a source in their order: dragged by the grip, or moved with the arrow keys on it. */
export function RuleList({ label, rules, isStale, onEdit, onDelete }: RuleListProps) {
  const [dragged, setDragged] = useState<Rule | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const move = useSend('POST /risk-rules/:ruleId/move');
  const change = useSend('PATCH /risk-rules/:ruleId');
  const moveTo = (rule: Rule, position: number) => {
    if (position < 1 || position === rule.position || move.isPending) return;
    move.mutate({ params: { ruleId: rule.id }, body: { position } });
  };
  const end = () => {
    setDragged(null);
    setOver(null);
  };
  return (
    <>
      <ErrorNotice error={move.error ?? change.error} />
      <ol className={cx(css.rules, isStale && css.stale)} aria-label={label}>
        {rules.map((rule) => (
          <li
            key={rule.id}
            className={cx(css.rule, !rule.isOn && css.off, over === rule.id && css.over)}
            onDragOver={(event) => {
              if (dragged === null) return;
              event.preventDefault();
              setOver(rule.id);
            }}
            onDrop={(event) => {
              event.preventDefault();
              if (dragged !== null) moveTo(dragged, rule.position);
              end();
            }}
          >
            {may(rule, 'move') && <Grip rule={rule} onDrag={setDragged} onEnd={end} onMove={moveTo} />}
            <span className={css.level}>
              <LevelTag level={rule.level} />
            </span>
            <RuleWords rule={rule} />
            <RuleActions
              rule={rule}
              onEdit={onEdit}
              onDelete={onDelete}
              onSwitch={(isOn) => change.mutate({ params: { ruleId: rule.id }, body: { version: rule.version, isOn } })}
            />
          </li>
        ))}
      </ol>
      <p className="visually-hidden" aria-live="polite">
        {move.data ? `${move.data.name} is at place ${move.data.position}.` : ''}
      </p>
    </>
  );
}

interface GripProps {
  rule: Rule;
  onDrag: (rule: Rule) => void;
  onEnd: () => void;
  onMove: (rule: Rule, position: number) => void;
}

function Grip({ rule, onDrag, onEnd, onMove }: GripProps) {
  const start = (event: DragEvent) => {
    event.dataTransfer.effectAllowed = 'move';
    event.dataTransfer.setData('text/plain', rule.name);
    onDrag(rule);
  };
  const key = (event: KeyboardEvent) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onMove(rule, rule.position + step);
  };
  return (
    <button
      type="button"
      className={css.grip}
      draggable
      aria-label={`Place ${rule.position}: ${rule.name}. Move with the arrow keys`}
      onDragStart={start}
      onDragEnd={onEnd}
      onKeyDown={key}
    >
      <IconGrip size={14} aria-hidden="true" />
      {rule.position}
    </button>
  );
}

function RuleWords({ rule }: { rule: Rule }) {
  return (
    <span className={css.words}>
      <span className={css.name}>{rule.name}</span>
      <span className={cx(css.says, rule.sentence === rule.condition.trim() && 'mono')}>{rule.sentence}</span>
      {rule.fault && (
        <span className={css.fault}>
          <IconAttention size={14} aria-hidden="true" /> Could not be evaluated, counts as high: {rule.fault.message}
        </span>
      )}
    </span>
  );
}

function RuleActions(props: {
  rule: Rule;
  onEdit: (rule: Rule) => void;
  onDelete: (rule: Rule) => void;
  onSwitch: (isOn: boolean) => void;
}) {
  const { rule } = props;
  const mayEdit = may(rule, 'edit');
  return (
    <span className={css.actions}>
      <label className={css.switch}>
        <input
          type="checkbox"
          checked={rule.isOn}
          disabled={!mayEdit}
          aria-label={`${rule.name} is on`}
          onChange={(event) => props.onSwitch(event.target.checked)}
        />
        on
      </label>
      {mayEdit && (
        <Button isSmall look="quiet" aria-label={`Edit ${rule.name}`} onClick={() => props.onEdit(rule)}>
          Edit
        </Button>
      )}
      {may(rule, 'delete') && (
        <Button isSmall look="quiet" aria-label={`Delete ${rule.name}`} onClick={() => props.onDelete(rule)}>
          Delete
        </Button>
      )}
    </span>
  );
}
