import type { PlacedLabel } from '@tidegate/contract';
import { useId, useState } from 'react';
import { useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { IconAdd, IconClose } from '../../ui/icons.ts';
import css from './Labels.module.css';

const usual = ['pii', 'financial', 'secret'];

interface LabelEditorProps {
  databaseId: string;
  place: { schema: string; table: string; column: string | null };
  labels: readonly PlacedLabel[];
  /** Words in use, besides the usual ones. */
  known: readonly string[];
  mayChange: boolean;
}

const origins = { hand: 'set by hand', suggestion: 'confirmed suggestion', pattern: 'by its name' } as const;

/** The labels of a table or of one column, set and taken away. */
export function LabelEditor({ databaseId, place, labels, known, mayChange }: LabelEditorProps) {
  const [isAdding, setIsAdding] = useState(false);
  const remove = useSend('DELETE /databases/:databaseId/labels/:labelId');
  const name = place.column ?? place.table;
  return (
    <span className={css.editor}>
      {labels.map(({ label, labelId, origin }) => (
        <span key={`${label} ${origin}`} className={css.chip} title={origins[origin]}>
          {label}
          {mayChange && labelId !== null && (
            <Button
              look="quiet"
              isIcon
              isSmall
              aria-label={`Take ${label} away from ${name}`}
              disabled={remove.isPending}
              onClick={() => remove.mutate({ params: { databaseId, labelId } })}
            >
              <IconClose aria-hidden="true" />
            </Button>
          )}
        </span>
      ))}
      {mayChange && !isAdding && (
        <Button look="quiet" isIcon isSmall aria-label={`Add a label to ${name}`} onClick={() => setIsAdding(true)}>
          <IconAdd aria-hidden="true" />
        </Button>
      )}
      {isAdding && <AddLabel {...{ databaseId, place, known }} onDone={() => setIsAdding(false)} />}
      <ErrorNotice error={remove.error} />
    </span>
  );
}

type AddProps = Pick<LabelEditorProps, 'databaseId' | 'place' | 'known'> & { onDone: () => void };

function AddLabel({ databaseId, place, known, onDone }: AddProps) {
  const list = useId();
  const [typed, setTyped] = useState('');
  const add = useSend('POST /databases/:databaseId/labels', { onSuccess: onDone });
  const label = typed.trim();
  const submit = () => {
    if (label === '') onDone();
    else add.mutate({ params: { databaseId }, body: { items: [{ ...place, label }] } });
  };
  return (
    <>
      <input
        className={css.input}
        // biome-ignore lint/a11y/noAutofocus: it appears because its button was pressed, which is gone
        autoFocus
        aria-label={`Label for ${place.column ?? place.table}`}
        placeholder="pii"
        list={list}
        maxLength={40}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') submit();
          if (event.key === 'Escape') onDone();
        }}
      />
      <datalist id={list}>
        {[...new Set([...usual, ...known])].map((word) => (
          <option key={word} value={word} />
        ))}
      </datalist>
      <Button isSmall isBusy={add.isPending} onClick={submit}>
        {label === '' ? 'Cancel' : 'Set'}
      </Button>
      <ErrorNotice error={add.error} />
    </>
  );
}
