import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { read, useSend } from '../../api/queries.ts';
import { beginSession } from '../../app/session.ts';
import { Button, LinkButton } from '../../ui/Button.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Form, FormActions } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import { EntryFrame } from './EntryFrame.tsx';

const route = getRouteApi('/invitations/$token');

/** Whoever was invited chooses a password and is in. */
export function InvitationPage() {
  const { token } = route.useParams();
  const invitation = useQuery({ ...read('GET /invitations/:token', { params: { token } }), retry: false });
  if (invitation.error) return <InvitationRefused error={invitation.error} />;
  if (!invitation.data) {
    return (
      <EntryFrame title="Your invitation">
        <SkeletonBlock lines={4} />
      </EntryFrame>
    );
  }
  const { name, email, expiresAt } = invitation.data;
  return (
    <EntryFrame
      title={`Welcome, ${name}`}
      lead={
        <>
          Choose a password for <strong>{email}</strong>. This link works once and ends <RelativeTime at={expiresAt} />.
        </>
      }
    >
      <AcceptForm token={token} email={email} />
    </EntryFrame>
  );
}

function InvitationRefused({ error }: { error: unknown }) {
  return (
    <EntryFrame title="This invitation does not work">
      <Form onSubmit={() => undefined}>
        <ErrorNotice error={error} />
        <p>Ask your administrator for a new link: links work once and for a limited time.</p>
        <FormActions>
          <LinkButton to="/sign-in" search={{}}>
            Sign in
          </LinkButton>
        </FormActions>
      </Form>
    </EntryFrame>
  );
}

function AcceptForm({ token, email }: { token: string; email: string }) {
  const { history } = useRouter();
  const [password, setPassword] = useState('');
  const accept = useSend('POST /invitations/:token/accept', {
    onSuccess: (me) => {
      beginSession(me);
      history.push('/');
    },
  });
  return (
    <Form label="Choose a password" onSubmit={() => accept.mutate({ params: { token }, body: { password } })}>
      <input
        className="visually-hidden"
        aria-label="E-mail"
        name="email"
        autoComplete="username"
        value={email}
        readOnly
        tabIndex={-1}
      />
      <TextField
        label="Password"
        type="password"
        name="password"
        autoComplete="new-password"
        autoFocus
        required
        hint="At least 10 characters; length is what counts."
        value={password}
        onChange={setPassword}
        error={accept.error?.fields['password']}
      />
      <ErrorNotice error={accept.error} />
      <FormActions>
        <Button type="submit" look="primary" isBusy={accept.isPending} disabled={password === ''}>
          Come in
        </Button>
      </FormActions>
    </Form>
  );
}
