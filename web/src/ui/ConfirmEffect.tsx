import { type ReactNode, useState } from 'react';
import type { ApiProblem } from '../api/problem.ts';
import { Button } from './Button.tsx';
import css from './ConfirmEffect.module.css';
import { Dialog } from './Dialog.tsx';
import { ErrorNotice } from './ErrorNotice.tsx';
import { TextArea } from './Field.tsx';
import { SkeletonLine } from './Skeleton.tsx';

interface ConfirmEffectProps {
  title: string;
  /** The effect in a sentence, from the server; undefined while it is being found out. */
  effect: ReactNode | undefined;
  /** Why the effect could not be found out; the action stays possible, since ending access must not depend on it. */
  effectProblem?: ApiProblem | null;
  /** What the button says: the deed itself, never "OK". */
  verb: string;
  isDestructive?: boolean;
  noteLabel?: string;
  isBusy: boolean;
  problem: ApiProblem | null;
  /** What else can be chosen; the effect follows it. */
  children?: ReactNode;
  onConfirm: (note: string) => void;
  onClose: () => void;
}

/** States what will happen before it happens. */
export function ConfirmEffect(props: ConfirmEffectProps) {
  const [note, setNote] = useState('');
  return (
    <Dialog title={props.title} isOpen onClose={props.onClose} width={460}>
      <div className={css.body}>
        <div className={css.effect}>{props.effect ?? (props.effectProblem ? null : <SkeletonLine index={2} />)}</div>
        {props.children}
        <ErrorNotice error={props.effectProblem} />
        {props.noteLabel && (
          <TextArea label={props.noteLabel} isOptional rows={2} maxLength={500} value={note} onChange={setNote} />
        )}
        <ErrorNotice error={props.problem} />
        <div className={css.actions}>
          <Button
            look={props.isDestructive ? 'destroy' : 'primary'}
            isBusy={props.isBusy}
            data-autofocus={props.isDestructive ? undefined : true}
            onClick={() => props.onConfirm(note.trim())}
          >
            {props.verb}
          </Button>
          <Button look="quiet" data-autofocus={props.isDestructive ? true : undefined} onClick={props.onClose}>
            Cancel
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
