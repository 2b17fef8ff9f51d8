import { type InputHTMLAttributes, type ReactNode, type Ref, type TextareaHTMLAttributes, useId } from 'react';
import { cx } from '../lib/class-names.ts';
import css from './Field.module.css';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | null | undefined;
  isOptional?: boolean;
  className?: string | undefined;
}

interface ControlProps {
  id: string;
  className: string;
  'aria-invalid': boolean | undefined;
  'aria-describedby': string | undefined;
}

/** A label, its control, and beneath it what to know or what is wrong. */
export function Field(props: FieldProps & { children: (control: ControlProps) => ReactNode }) {
  const id = useId();
  const { label, hint, error, isOptional, className } = props;
  const notes = [hint ? `${id}-hint` : null, error ? `${id}-error` : null].filter(Boolean).join(' ');
  return (
    <div className={cx(css.field, className)}>
      <label className={css.label} htmlFor={id}>
        {label} {isOptional && <span className={css.optional}>(optional)</span>}
      </label>
      {props.children({
        id,
        className: css.control ?? '',
        'aria-invalid': error ? true : undefined,
        'aria-describedby': notes === '' ? undefined : notes,
      })}
      {error && (
        <span id={`${id}-error`} className={css.error} role="alert">
          {error}
        </span>
      )}
      {hint && (
        <span id={`${id}-hint`} className={css.hint}>
          {hint}
        </span>
      )}
    </div>
  );
}

type TextProps = Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'value' | 'className'> &
  FieldProps & { value: string; onChange: (value: string) => void; isMono?: boolean; ref?: Ref<HTMLInputElement> };

export function TextField({ label, hint, error, isOptional, className, isMono, onChange, ...input }: TextProps) {
  return (
    <Field {...{ label, hint, error, className }} {...(isOptional ? { isOptional } : {})}>
      {(control) => (
        <input
          type="text"
          autoComplete="off"
          {...input}
          {...control}
          className={cx(control.className, isMono && css.mono)}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

type AreaProps = Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'onChange' | 'value' | 'className'> &
  FieldProps & { value: string; onChange: (value: string) => void; isMono?: boolean; ref?: Ref<HTMLTextAreaElement> };

export function TextArea({ label, hint, error, isOptional, className, isMono, onChange, ...area }: AreaProps) {
  return (
    <Field {...{ label, hint, error, className }} {...(isOptional ? { isOptional } : {})}>
      {(control) => (
        <textarea
          {...area}
          {...control}
          className={cx(control.className, isMono && css.mono)}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

interface Choice<V extends string> {
  value: V;
  label: string;
}

/** A native list for a handful of fixed choices; long lists are searched on the server by a picker. */
export function SelectField<V extends string>(
  props: FieldProps & { value: V; choices: readonly Choice<V>[]; onChange: (value: V) => void; disabled?: boolean },
) {
  return (
    <Field {...props}>
      {(control) => (
        <select
          {...control}
          className={cx(control.className, css.select)}
          value={props.value}
          disabled={props.disabled}
          onChange={(event) => props.onChange(event.target.value as V)}
        >
          {props.choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function CheckField(props: {
  label: ReactNode;
  hint?: ReactNode;
  isChecked: boolean;
  onChange: (isChecked: boolean) => void;
  disabled?: boolean;
}) {
  return (
    <label className={css.check}>
      <input
        type="checkbox"
        checked={props.isChecked}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.target.checked)}
      />
      <span className={css.checkText}>
        {props.label}
        {props.hint && <span className={css.hint}>{props.hint}</span>}
      </span>
    </label>
  );
}

/** One of a few, side by side. */
export function SegmentField<V extends string>(props: {
  label: string;
  isLabelHidden?: boolean;
  value: V;
  choices: readonly Choice<V>[];
  onChange: (value: V) => void;
}) {
  const name = useId();
  return (
    <fieldset className={css.group}>
      <legend className={cx(props.isLabelHidden && 'visually-hidden')}>{props.label}</legend>
      <span className={css.segments}>
        {props.choices.map((choice) => (
          <label key={choice.value} className={css.segment}>
            <input
              type="radio"
              name={name}
              value={choice.value}
              checked={props.value === choice.value}
              onChange={() => props.onChange(choice.value)}
            />
            {choice.label}
          </label>
        ))}
      </span>
    </fieldset>
  );
}
