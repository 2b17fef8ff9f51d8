import type { Decider, FlowStep, Principal } from '@tidegate/contract';
import { Button } from '../../ui/Button.tsx';
import { Field, SelectField, TextField } from '../../ui/Field.tsx';
import { IconClose } from '../../ui/icons.ts';
import { PrincipalPicker } from '../../ui/PrincipalPicker.tsx';
import css from './Approval.module.css';
import { keyOf, lengthChoices } from './flow-draft.ts';

interface StepFieldsProps {
  number: number;
  step: FlowStep;
  steps: number;
  roles: readonly { role: string; label: string }[];
  /** Names of groups and people, by id. */
  names: Readonly<Record<string, string>>;
  onNames: (names: Readonly<Record<string, string>>) => void;
  onChange: (patch: Partial<FlowStep>) => void;
  onRemove: (() => void) | null;
}

/** One step: who may decide, how many, and what happens when nobody does. */
export function StepFields(props: StepFieldsProps) {
  const { number, step, steps, roles, onChange, onRemove } = props;
  const later = Array.from({ length: steps - number }, (_, index) => number + index);
  return (
    <fieldset className={css.step}>
      <legend>
        Step {number}
        {onRemove && (
          <Button look="quiet" isSmall isIcon aria-label={`Remove step ${number}`} onClick={onRemove}>
            <IconClose aria-hidden="true" />
          </Button>
        )}
      </legend>
      <RolesOf step={step} roles={roles} onChange={onChange} />
      <OthersOf {...props} />
      <div className={css.stepRow}>
        <TextField
          label="Approvals needed"
          type="number"
          inputMode="numeric"
          min={1}
          max={20}
          className={css.number}
          value={String(step.quorum)}
          onChange={(text) => onChange({ quorum: Math.min(20, Math.max(1, Number(text) || 1)) })}
        />
        <SelectField
          label="Decides within"
          value={step.minutes === null ? '' : String(step.minutes)}
          choices={lengthChoices('any time', step.minutes)}
          onChange={(value) => onChange({ minutes: value === '' ? null : Number(value) })}
        />
        {step.minutes !== null && (
          <SelectField
            label="Afterwards"
            value={step.afterwards.kind === 'expire' ? '' : String(step.afterwards.step)}
            choices={[
              { value: '', label: 'the request expires' },
              ...later.map((at) => ({ value: String(at), label: `step ${at + 1} decides` })),
            ]}
            onChange={(value) =>
              onChange({ afterwards: value === '' ? { kind: 'expire' } : { kind: 'step', step: Number(value) } })
            }
          />
        )}
      </div>
    </fieldset>
  );
}

function RolesOf({ step, roles, onChange }: Pick<StepFieldsProps, 'step' | 'roles' | 'onChange'>) {
  const has = (role: string) => step.deciders.some((decider) => keyOf(decider) === role);
  const toggle = (role: string) => {
    const others = step.deciders.filter((decider) => keyOf(decider) !== role);
    onChange({ deciders: has(role) ? others : [...step.deciders, { kind: 'role', role }] });
  };
  return (
    <Field label="May decide">
      {({ id }) => (
        <span id={id} className={css.roles}>
          {roles.map(({ role, label }) => (
            <label key={role} className={css.role}>
              <input type="checkbox" checked={has(role)} onChange={() => toggle(role)} />
              {label}
            </label>
          ))}
        </span>
      )}
    </Field>
  );
}

/** Groups and people, beside the roles. */
function OthersOf({ step, names, onNames, onChange }: StepFieldsProps) {
  const chosen = step.deciders.flatMap((decider): Principal[] =>
    decider.kind === 'role'
      ? []
      : [{ kind: decider.kind, id: decider.id, name: names[decider.id] ?? 'somebody who is gone', email: null }],
  );
  return (
    <PrincipalPicker
      label="Or groups and people"
      value={chosen}
      onChange={(next) => {
        onNames({ ...names, ...Object.fromEntries(next.map(({ id, name }) => [id, name])) });
        const others = next.map(({ kind, id }): Decider => ({ kind, id }));
        onChange({ deciders: [...step.deciders.filter(({ kind }) => kind === 'role'), ...others] });
      }}
    />
  );
}
