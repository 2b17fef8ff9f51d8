import { riskAttributes } from '@tidegate/contract/risk-attributes';
import {
  riskAttribute,
  type SentenceOperator,
  type SentenceTest,
  sentenceOperators,
  valueKind,
} from '@tidegate/contract/risk-sentence';
import { Button } from '../../ui/Button.tsx';
import { IconClose } from '../../ui/icons.ts';
import css from './Risk.module.css';
import { TestValue } from './TestValue.tsx';

export const firstTest: SentenceTest = { kind: 'test', attribute: 'environment.name', operator: 'is', value: '' };

const groups = [
  { of: 'database', label: 'Of the database' },
  { of: 'request', label: 'Of the request' },
] as const;

interface TestRowProps {
  test: SentenceTest;
  onChange: (test: SentenceTest) => void;
  onRemove: () => void;
}

/** One test: attribute, operator, value. */
export function TestRow({ test, onChange, onRemove }: TestRowProps) {
  const attribute = riskAttribute(test.attribute);
  const operators: readonly SentenceOperator[] = sentenceOperators[attribute?.type ?? 'text'];
  const choose = (name: string) => {
    const [operator = 'is'] = sentenceOperators[riskAttribute(name)?.type ?? 'text'];
    onChange({ kind: 'test', attribute: name, operator, value: emptyValue(operator) });
  };
  return (
    <div className={css.test}>
      <select
        className={css.select}
        aria-label="Attribute"
        title={attribute?.help}
        value={test.attribute}
        onChange={(event) => choose(event.target.value)}
      >
        {groups.map((group) => (
          <optgroup key={group.of} label={group.label}>
            {riskAttributes
              .filter((known) => known.of === group.of)
              .map((known) => (
                <option key={known.name} value={known.name}>
                  {known.label}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
      <select
        className={css.select}
        aria-label="Operator"
        value={test.operator}
        onChange={(event) => onChange(withOperator(test, event.target.value as SentenceOperator))}
      >
        {operators.map((operator) => (
          <option key={operator} value={operator}>
            {operator}
          </option>
        ))}
      </select>
      <TestValue test={test} onChange={(value) => onChange({ ...test, value })} />
      <Button look="quiet" isIcon isSmall aria-label="Remove this condition" onClick={onRemove}>
        <IconClose aria-hidden="true" />
      </Button>
    </div>
  );
}

/** Another operator keeps the value where it can. */
function withOperator(test: SentenceTest, operator: SentenceOperator): SentenceTest {
  const kind = valueKind(operator);
  const { value } = test;
  if (kind === valueKind(test.operator)) return { ...test, operator };
  if (kind === 'several' && typeof value === 'string') return { ...test, operator, value: value === '' ? [] : [value] };
  if (kind === 'one' && Array.isArray(value)) return { ...test, operator, value: String(value[0] ?? '') };
  return { ...test, operator, value: emptyValue(operator) };
}

function emptyValue(operator: SentenceOperator): SentenceTest['value'] {
  const empty = { none: null, one: '', several: [], number: 0 } as const;
  return empty[valueKind(operator)];
}
