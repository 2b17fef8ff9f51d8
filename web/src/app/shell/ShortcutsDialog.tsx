import { type Shortcut, useShortcutList } from '../../lib/shortcuts.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { KeyHint } from '../../ui/KeyHint.tsx';
import css from './ShortcutsDialog.module.css';

const elsewhere = 'This screen';

/** The keys that work here, as the screen itself registered them. */
export default function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const groups = Map.groupBy(useShortcutList(), (shortcut: Shortcut) => shortcut.group ?? elsewhere);
  const sorted = [...groups].sort(([a], [b]) => Number(b === elsewhere) - Number(a === elsewhere));
  return (
    <Dialog title="Keys" isOpen onClose={onClose} width={420}>
      {sorted.map(([group, shortcuts]) => (
        <section key={group}>
          <h3 className={css.group}>{group}</h3>
          <ul>
            {shortcuts.map((shortcut) => (
              <li key={shortcut.keys + shortcut.does} className={css.row}>
                {shortcut.does}
                <KeyHint keys={shortcut.keys} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Dialog>
  );
}
