import { useRouter } from '@tanstack/react-router';
import { meQuery, queryClient } from '../../app/session.ts';
import { PasswordForm } from '../../ui/PasswordForm.tsx';
import { EntryFrame } from './EntryFrame.tsx';

/** A first password, given by an administrator, must be replaced before anything else. */
export function PasswordPage() {
  const { history } = useRouter();
  const goOn = async () => {
    await queryClient.fetchQuery({ ...meQuery, staleTime: 0 });
    history.push('/');
  };
  return (
    <EntryFrame
      title="Choose your own password"
      lead="Yours was given to you by an administrator. Choose one that only you know."
    >
      <PasswordForm currentLabel="Password you were given" onChanged={() => void goOn()} />
    </EntryFrame>
  );
}
