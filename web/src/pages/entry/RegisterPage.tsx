import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { read, useSend } from '../../api/queries.ts';
import { beginSession } from '../../app/session.ts';
import { Button } from '../../ui/Button.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { CheckField, TextField } from '../../ui/Field.tsx';
import { Form, FormActions } from '../../ui/Page.tsx';
import { EntryFrame } from './EntryFrame.tsx';

/** First run: the first person to register becomes the workspace admin. */
export function RegisterPage() {
  const { history } = useRouter();
  const setup = useQuery(read('GET /setup'));
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [wantsSamples, setWantsSamples] = useState(false);
  const areSamplesPossible = setup.data?.areSamplesPossible ?? false;
  const register = useSend('POST /register', {
    onSuccess: (me) => {
      beginSession(me);
      history.push('/');
    },
  });
  const fields = register.error?.fields ?? {};
  const submit = () =>
    register.mutate({ body: { name, email, password, withSamples: areSamplesPossible && wantsSamples } });
  return (
    <EntryFrame
      title="Set up Tidegate"
      version={setup.data?.version}
      lead="You are the first here: you become the workspace admin. After you, people come in only by your invitation."
    >
      <Form label="Register" onSubmit={submit}>
        <TextField
          label="Your name"
          name="name"
          autoComplete="name"
          autoFocus
          required
          value={name}
          onChange={setName}
          error={fields['name']}
        />
        <TextField
          label="E-mail"
          type="email"
          name="email"
          autoComplete="username"
          required
          value={email}
          onChange={setEmail}
          error={fields['email']}
        />
        <TextField
          label="Password"
          type="password"
          name="password"
          autoComplete="new-password"
          required
          hint="At least 10 characters; length is what counts."
          value={password}
          onChange={setPassword}
          error={fields['password']}
        />
        {areSamplesPossible && (
          <CheckField
            label="Add the sample databases"
            hint="hr_test and hr_prod with made-up employees, and a developer named dev: see the whole thing work in three minutes. Removable with one click."
            isChecked={wantsSamples}
            onChange={setWantsSamples}
          />
        )}
        <ErrorNotice error={register.error} />
        <FormActions>
          <Button
            type="submit"
            look="primary"
            isBusy={register.isPending}
            disabled={name === '' || email === '' || password === ''}
          >
            Register
          </Button>
        </FormActions>
      </Form>
    </EntryFrame>
  );
}
