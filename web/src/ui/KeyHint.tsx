import { keyNames } from '../lib/shortcuts.ts';
import css from './KeyHint.module.css';

/** Keys as printed on the keyboard, e.g. `Mod+K`. */
export function KeyHint({ keys }: { keys: string }) {
  return (
    <span className={css.keys}>
      {keyNames(keys).map((name) => (
        <kbd key={name} className={css.key}>
          {name}
        </kbd>
      ))}
    </span>
  );
}
