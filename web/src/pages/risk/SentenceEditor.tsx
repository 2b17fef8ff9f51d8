import type { Sentence, SentenceGroup } from '@tidegate/contract/risk-sentence';
import { Button } from '../../ui/Button.tsx';
import { IconAdd, IconClose } from '../../ui/icons.ts';
import css from './Risk.module.css';
import { firstTest, TestRow } from './TestRow.tsx';

interface GroupProps {
  group: SentenceGroup;
  onChange: (group: SentenceGroup) => void;
  /** Of a group inside another. */
  onRemove?: () => void;
}

const kinds = [
  { value: 'all', label: 'all of these hold' },
  { value: 'any', label: 'any of these holds' },
] as const;

/** A condition as sentences: tests of one attribute each, and groups of them. */
export function SentenceEditor({ group, onChange, onRemove }: GroupProps) {
  const { kind, parts } = group;
  const set = (next: readonly Sentence[]) => onChange({ kind, parts: next });
  const isOutside = onRemove === undefined;
  return (
    <fieldset className={isOutside ? css.sentence : css.group}>
      <legend className="visually-hidden">{isOutside ? 'Condition' : 'Group of conditions'}</legend>
      <div className={css.groupHead}>
        {isOutside ? 'The rule matches when' : ''}
        <select
          aria-label="How these are joined"
          className={css.select}
          value={kind}
          onChange={(event) => onChange({ kind: event.target.value === 'any' ? 'any' : 'all', parts })}
        >
          {kinds.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        {onRemove && (
          <Button look="quiet" isIcon isSmall aria-label="Remove this group" onClick={onRemove}>
            <IconClose aria-hidden="true" />
          </Button>
        )}
      </div>
      {parts.length === 0 && <p className={css.always}>Nothing is tested: it holds for everything.</p>}
      {parts.map((part, index) => (
        <Part
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no name of their own, and their fields keep no state
          key={index}
          part={part}
          onChange={(next) => set(parts.with(index, next))}
          onRemove={() => set(parts.toSpliced(index, 1))}
        />
      ))}
      <div className={css.groupActions}>
        <Button look="quiet" isSmall onClick={() => set([...parts, firstTest])}>
          <IconAdd aria-hidden="true" /> Add condition
        </Button>
        <Button
          look="quiet"
          isSmall
          onClick={() => set([...parts, { kind: kind === 'all' ? 'any' : 'all', parts: [firstTest] }])}
        >
          <IconAdd aria-hidden="true" /> Add group
        </Button>
      </div>
    </fieldset>
  );
}

function Part({
  part,
  onChange,
  onRemove,
}: {
  part: Sentence;
  onChange: (part: Sentence) => void;
  onRemove: () => void;
}) {
  if (part.kind === 'test') return <TestRow test={part} onChange={onChange} onRemove={onRemove} />;
  if (part.kind === 'always') {
    return (
      <div className={css.test}>
        <span className={css.always}>it holds for everything</span>
        <Button look="quiet" isIcon isSmall aria-label="Remove this condition" onClick={onRemove}>
          <IconClose aria-hidden="true" />
        </Button>
      </div>
    );
  }
  return <SentenceEditor group={part} onChange={onChange} onRemove={onRemove} />;
}
