import css from './Audit.module.css';

interface InstantFieldProps {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** An instant in local time, to the minute. */
export function InstantField({ label, value, onChange }: InstantFieldProps) {
  return (
    <label className={css.instant}>
      {label}
      <input
        type="datetime-local"
        value={value ?? ''}
        onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.value)}
      />
    </label>
  );
}
