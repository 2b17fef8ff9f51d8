import { useDebouncedValue } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { Dialog } from '../../ui/Dialog.tsx';
import css from './Palette.module.css';
import { type PaletteItem, usePaletteItems } from './palette-items.ts';

/** Before the dialog's own focus, which comes a little later: the next letter is typed already. */
const focusAtOnce = (field: HTMLInputElement | null) => field?.focus();

/** Go to anything: pages, projects, databases; the names are searched on the server. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 120);
  const items = usePaletteItems(typed.trim(), search);
  const [at, setAt] = useState(0);
  const chosen = Math.min(at, items.length - 1);
  const listId = useId();
  const go = (item: PaletteItem | undefined) => {
    if (item === undefined) return;
    onClose();
    void navigate(item.link);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setAt((chosen + step + items.length) % Math.max(1, items.length));
    else if (event.key === 'Enter') go(items[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Go to" isOpen onClose={onClose} width={560}>
      <input
        className={css.input}
        ref={focusAtOnce}
        data-autofocus
        role="combobox"
        aria-label="Page, project or database"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={items[chosen] ? `${listId}-${chosen}` : undefined}
        placeholder="Page, project or database"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={listId} className={css.list} role="listbox" aria-label="Places" tabIndex={-1}>
        {items.map((item, index) => (
          <Place
            key={item.key}
            id={`${listId}-${index}`}
            item={item}
            isChosen={index === chosen}
            onChoose={() => go(item)}
          />
        ))}
      </div>
      {items.length === 0 && <p className="float-empty">Nothing has this name.</p>}
    </Dialog>
  );
}

function Place(props: { id: string; item: PaletteItem; isChosen: boolean; onChoose: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (props.isChosen) place.current?.scrollIntoView({ block: 'nearest' });
  }, [props.isChosen]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the field that keeps the focus
    <div
      ref={place}
      id={props.id}
      role="option"
      tabIndex={-1}
      aria-selected={props.isChosen}
      className="float-item"
      data-combobox-selected={props.isChosen || undefined}
      onClick={props.onChoose}
    >
      <span className={props.item.isName ? 'mono' : undefined}>{props.item.label}</span>
      <span className={css.kind}>{props.item.kind}</span>
    </div>
  );
}
