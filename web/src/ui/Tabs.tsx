import css from './Tabs.module.css';

interface TabsProps<V extends string> {
  label: string;
  value: V;
  tabs: readonly { value: V; label: string; count?: number | undefined }[];
  onChange: (value: V) => void;
}

/** Views of one list, side by side. They are buttons, not places: the address bar holds the choice. */
export function Tabs<V extends string>({ label, value, tabs, onChange }: TabsProps<V>) {
  return (
    <nav className={css.tabs} aria-label={label}>
      {tabs.map((tab) => (
        <button
          key={tab.value}
          type="button"
          className={css.tab}
          aria-pressed={tab.value === value}
          onClick={() => onChange(tab.value)}
        >
          {tab.label}
          {tab.count !== undefined && tab.count > 0 && <span className={css.count}>{tab.count}</span>}
        </button>
      ))}
    </nav>
  );
}
