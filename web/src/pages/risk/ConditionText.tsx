import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { riskAttributes } from '@tidegate/contract/risk-attributes';
import { api, type Reply } from '../../api/client.ts';
import type { ApiProblem } from '../../api/problem.ts';
import { TextArea } from '../../ui/Field.tsx';
import css from './Risk.module.css';

const typeWords = { text: 'text', flag: 'true or false', number: 'whole number', list: 'list of texts', time: 'text' };

/** The condition as CEL, with what is wrong with it and what it may use. */
export function ConditionText({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const fault = useFault(value);
  return (
    <div className={css.cel}>
      <TextArea
        label="Condition (CEL)"
        isMono
        rows={6}
        spellCheck={false}
        maxLength={4000}
        value={value}
        onChange={onChange}
        error={fault === null ? null : `Line ${fault.line}, column ${fault.column}: ${fault.message}`}
      />
      <details className={css.attributes}>
        <summary>Attributes</summary>
        <dl>
          {riskAttributes.map(({ name, type, help }) => (
            <div key={name}>
              <dt className="mono">{name}</dt>
              <dd>
                {typeWords[type]}. {help}
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </div>
  );
}

/** What is wrong with a condition, found out by the server once the typing rests. */
export function useFault(condition: string): Reply<'POST /risk-rules/check'>['fault'] {
  const [settled] = useDebouncedValue(condition, 250);
  const check = useQuery<Reply<'POST /risk-rules/check'>, ApiProblem>({
    queryKey: ['POST /risk-rules/check', settled],
    queryFn: () => api('POST /risk-rules/check', { body: { condition: settled } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return settled === condition ? (check.data?.fault ?? null) : null;
}
