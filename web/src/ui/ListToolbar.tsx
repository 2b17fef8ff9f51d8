import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useShortcut } from '../lib/shortcuts.ts';
import css from './DataTable.module.css';
import { IconSearch } from './icons.ts';

const settleMs = 180;

interface ListToolbarProps {
  /** Names what is searched, e.g. `Search projects`. */
  label: string;
  search: string | undefined;
  onSearch: (search: string | undefined) => void;
  children?: ReactNode;
}

/** The search of a list and its filters. What is typed goes to the address bar once the typing rests. */
export function ListToolbar({ label, search, onSearch, children }: ListToolbarProps) {
  return (
    <div className={css.toolbar}>
      <SearchBox label={label} search={search} onSearch={onSearch} />
      {children}
    </div>
  );
}

function SearchBox({ label, search = '', onSearch }: Omit<ListToolbarProps, 'children'>) {
  const box = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(search);
  const sent = useRef(search);
  useEffect(() => {
    // The address changed by itself (back button, a link): the field follows.
    if (search !== sent.current) setTyped(search);
    sent.current = search;
  }, [search]);
  useEffect(() => {
    if (typed.trim() === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = typed.trim();
      onSearch(typed.trim() === '' ? undefined : typed.trim());
    }, settleMs);
    return () => clearTimeout(timer);
  }, [typed, onSearch]);
  useShortcut({ keys: '/', does: 'Search', group: 'Lists' }, () => box.current?.focus());
  return (
    <div className={css.search}>
      <IconSearch aria-hidden="true" />
      <input
        ref={box}
        type="search"
        aria-label={label}
        placeholder={label}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') box.current?.blur();
        }}
      />
    </div>
  );
}

interface FilterProps<V extends string> {
  label: string;
  value: V | undefined;
  choices: readonly { value: V; label: string }[];
  /** What is shown when nothing is chosen, e.g. `Any state`. */
  any: string;
  onChange: (value: V | undefined) => void;
}

/** One filter of a list with a handful of fixed values. */
export function Filter<V extends string>({ label, value, choices, any, onChange }: FilterProps<V>) {
  return (
    <select
      className={css.filter}
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => onChange(event.target.value === '' ? undefined : (event.target.value as V))}
    >
      <option value="">{any}</option>
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.label}
        </option>
      ))}
    </select>
  );
}
