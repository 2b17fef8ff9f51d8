import { useQuery } from '@tanstack/react-query';
import { riskAttribute, type SentenceTest, valueKind } from '@tidegate/contract/risk-sentence';
import { useId, useState } from 'react';
import { read } from '../../api/queries.ts';
import { projectRoleChoices, workspaceWideRoles } from '../../lib/role-labels.ts';
import { Button } from '../../ui/Button.tsx';
import { IconClose } from '../../ui/icons.ts';
import css from './Risk.module.css';

interface ValueProps {
  test: SentenceTest;
  onChange: (value: SentenceTest['value']) => void;
}

/** The value of a test, as its operator wants it. */
export function TestValue({ test, onChange }: ValueProps) {
  const kind = valueKind(test.operator);
  if (kind === 'none') return <span className={css.noValue} />;
  if (kind === 'number') return <NumberValue test={test} onChange={onChange} />;
  return kind === 'several' ? (
    <SeveralValues test={test} onChange={onChange} />
  ) : (
    <OneValue test={test} onChange={onChange} />
  );
}

function NumberValue({ test, onChange }: ValueProps) {
  return (
    <input
      className={css.value}
      type="number"
      step={1}
      aria-label="Value"
      value={typeof test.value === 'number' ? test.value : 0}
      onChange={(event) => {
        const value = Math.trunc(Number(event.target.value));
        if (Number.isSafeInteger(value)) onChange(value);
      }}
    />
  );
}

function OneValue({ test, onChange }: ValueProps) {
  const list = useId();
  const attribute = riskAttribute(test.attribute);
  const known = useKnownValues(test.attribute);
  const value = typeof test.value === 'string' ? test.value : '';
  const isWhole = ['is', 'is not', 'include', 'do not include'].includes(test.operator);
  if (attribute?.choices !== undefined && isWhole) {
    return (
      <select
        className={css.select}
        aria-label="Value"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      >
        {[...(attribute.choices.includes(value) ? [] : ['']), ...attribute.choices].map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    );
  }
  return (
    <>
      <input
        className={css.value}
        type={attribute?.type === 'time' ? 'time' : 'text'}
        aria-label="Value"
        spellCheck={false}
        autoComplete="off"
        value={value}
        {...(known.length > 0 ? { list } : {})}
        onChange={(event) => onChange(event.target.value)}
      />
      <KnownValues id={list} values={known} />
    </>
  );
}

/** Several texts, each taken with Enter. */
function SeveralValues({ test, onChange }: ValueProps) {
  const list = useId();
  const [typed, setTyped] = useState('');
  const chosen: readonly string[] = Array.isArray(test.value) ? test.value : [];
  const known = useKnownValues(test.attribute).filter((value) => !chosen.includes(value));
  const add = () => {
    const value = typed.trim();
    if (value !== '' && !chosen.includes(value)) onChange([...chosen, value]);
    setTyped('');
  };
  return (
    <span className={css.several}>
      {chosen.map((value) => (
        <span key={value} className={css.chip}>
          {value}
          <Button
            look="quiet"
            isIcon
            isSmall
            aria-label={`Remove ${value}`}
            onClick={() => onChange(chosen.filter((other) => other !== value))}
          >
            <IconClose aria-hidden="true" />
          </Button>
        </span>
      ))}
      <input
        className={css.value}
        aria-label="Add a value"
        placeholder="Add with Enter"
        spellCheck={false}
        autoComplete="off"
        value={typed}
        {...(known.length > 0 ? { list } : {})}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={add}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          add();
        }}
      />
      <KnownValues id={list} values={known} />
    </span>
  );
}

function KnownValues({ id, values }: { id: string; values: readonly string[] }) {
  if (values.length === 0) return null;
  return (
    <datalist id={id}>
      {values.map((value) => (
        <option key={value} value={value} />
      ))}
    </datalist>
  );
}

const usualLabels = ['pii', 'financial', 'secret'];
const roleNames = [...new Set([...workspaceWideRoles, ...projectRoleChoices.map(({ value }) => value)])];

/** What may be meant; anything else can be written too. */
function useKnownValues(attribute: string): readonly string[] {
  const environments = useQuery({ ...read('GET /environments'), enabled: attribute === 'environment.name' });
  if (attribute === 'environment.name') return environments.data?.items.map((environment) => environment.name) ?? [];
  if (attribute === 'labels') return usualLabels;
  if (attribute === 'requester.roles') return roleNames;
  return riskAttribute(attribute)?.choices ?? [];
}
