import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { read, useSend } from '../../api/queries.ts';
import { beginSession, safePlace } from '../../app/session.ts';
import { Button } from '../../ui/Button.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Form, FormActions } from '../../ui/Page.tsx';
import { EntryFrame } from './EntryFrame.tsx';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { to } = route.useSearch();
  const { history } = useRouter();
  const setup = useQuery(read('GET /setup'));
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useSend('POST /sign-in', {
    onSuccess: (me) => {
      beginSession(me);
      history.push(me.mustChangePassword ? '/password' : safePlace(to));
    },
    onError: () => setPassword(''),
  });
  return (
    <EntryFrame title="Sign in" version={setup.data?.version}>
      <Form label="Sign in" onSubmit={() => signIn.mutate({ body: { email: email.trim(), password } })}>
        <TextField
          label="E-mail"
          type="email"
          name="email"
          autoComplete="username"
          autoFocus
          required
          value={email}
          onChange={setEmail}
        />
        <TextField
          label="Password"
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={setPassword}
        />
        <ErrorNotice error={signIn.error} />
        <FormActions>
          <Button type="submit" look="primary" isBusy={signIn.isPending} disabled={email === '' || password === ''}>
            Sign in
          </Button>
        </FormActions>
      </Form>
    </EntryFrame>
  );
}
