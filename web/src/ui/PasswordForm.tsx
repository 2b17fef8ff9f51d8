import { useState } from 'react';
import { useSend } from '../api/queries.ts';
import { Button } from './Button.tsx';
import { ErrorNotice } from './ErrorNotice.tsx';
import { TextField } from './Field.tsx';
import { Form, FormActions } from './Page.tsx';

interface PasswordFormProps {
  /** What the first field asks for: the first password was given by an administrator. */
  currentLabel: string;
  onChanged: () => void;
}

/** Changes the own password; other browser sessions end. */
export function PasswordForm({ currentLabel, onChanged }: PasswordFormProps) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useSend('POST /me/password', {
    onSuccess: () => {
      setCurrent('');
      setNext('');
      onChanged();
    },
  });
  return (
    <Form label="Change the password" onSubmit={() => change.mutate({ body: { current, next } })}>
      <TextField
        label={currentLabel}
        type="password"
        autoComplete="current-password"
        required
        value={current}
        onChange={setCurrent}
        error={change.error?.fields['current']}
      />
      <TextField
        label="New password"
        type="password"
        autoComplete="new-password"
        required
        hint="At least 10 characters; length is what counts."
        value={next}
        onChange={setNext}
        error={change.error?.fields['next']}
      />
      <ErrorNotice error={change.error} />
      <FormActions>
        <Button type="submit" look="primary" isBusy={change.isPending} disabled={current === '' || next === ''}>
          Change password
        </Button>
      </FormActions>
    </Form>
  );
}
