import type { ReactNode } from 'react';
import { choiceOf, type ScopeItem } from '../lib/scope-items.ts';
import { Button } from './Button.tsx';
import { IconRight } from './icons.ts';
import css from './ScopePicker.module.css';

interface ScopeNodeRowProps {
  node: ScopeItem;
  name: string;
  items: readonly ScopeItem[];
  onToggle: (node: ScopeItem) => void;
  isOpen?: boolean;
  onOpen?: () => void;
  tags?: ReactNode;
  note?: ReactNode;
}

/** One place of the scope tree with its tick box; partly chosen shows as a dash, covered from above as ticked and fixed. */
export function ScopeNodeRow({ node, name, items, onToggle, isOpen, onOpen, tags, note }: ScopeNodeRowProps) {
  const choice = choiceOf(items, node);
  return (
    <div className={css.node}>
      {onOpen && (
        <button
          type="button"
          className={css.toggle}
          aria-expanded={isOpen}
          aria-label={`Tables of ${name}`}
          onClick={onOpen}
        >
          <IconRight size={14} aria-hidden="true" />
        </button>
      )}
      <label>
        <input
          type="checkbox"
          ref={(box) => {
            if (box) box.indeterminate = choice === 'inside';
          }}
          checked={choice === 'itself' || choice === 'above'}
          disabled={choice === 'above'}
          onChange={() => onToggle(node)}
        />
        <span className={`mono ${css.name}`}>{name}</span>
        {tags}
      </label>
      {note && <span className={css.note}>{note}</span>}
    </div>
  );
}

export function MoreButton({ isBusy, onClick }: { isBusy: boolean; onClick: () => unknown }) {
  return (
    <div className={css.more}>
      <Button look="link" isBusy={isBusy} onClick={() => void onClick()}>
        Show more
      </Button>
    </div>
  );
}
