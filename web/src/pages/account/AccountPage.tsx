import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useSend } from '../../api/queries.ts';
import { endSession, useMe } from '../../app/session.ts';
import { roleLabel } from '../../lib/role-labels.ts';
import { Button } from '../../ui/Button.tsx';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import { notify } from '../../ui/notices.ts';
import { Facts, Page, PageHeader, Section } from '../../ui/Page.tsx';
import { PasswordForm } from '../../ui/PasswordForm.tsx';

export function AccountPage() {
  const me = useMe();
  return (
    <Page isNarrow>
      <PageHeader title="Account" />
      <Facts
        facts={[
          ['Name', me.person.name],
          ['E-mail', me.person.email],
          ['Roles', me.roles.map(roleLabel).join(', ') || 'Workspace Member'],
        ]}
      />
      {!me.returnTo && (
        <Section title="Password">
          <PasswordForm
            currentLabel="Current password"
            onChanged={() => notify('Password changed. Your other browser sessions have ended.')}
          />
        </Section>
      )}
      <Section title="Browser sessions">
        <SignOutEverywhere />
      </Section>
    </Page>
  );
}

function SignOutEverywhere() {
  const navigate = useNavigate();
  const [isAsking, setIsAsking] = useState(false);
  const signOut = useSend('POST /sign-out-everywhere', {
    onSuccess: () => void navigate({ to: '/sign-in', search: {} }).then(endSession),
  });
  return (
    <>
      <Button onClick={() => setIsAsking(true)}>Sign out everywhere</Button>
      {isAsking && (
        <ConfirmEffect
          title="Sign out everywhere"
          effect="Every browser session of yours ends, this one included. What you may do in databases stays as it is."
          verb="Sign out everywhere"
          isBusy={signOut.isPending}
          problem={signOut.error}
          onConfirm={() => signOut.mutate({})}
          onClose={() => setIsAsking(false)}
        />
      )}
    </>
  );
}
