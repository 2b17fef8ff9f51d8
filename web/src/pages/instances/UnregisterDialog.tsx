import { useNavigate } from '@tanstack/react-router';
import { useSend } from '../../api/queries.ts';
import { plural } from '../../lib/plural.ts';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import { notify } from '../../ui/notices.ts';
import type { Instance } from './instance-words.ts';

export function UnregisterDialog({ instance, onClose }: { instance: Instance; onClose: () => void }) {
  const navigate = useNavigate();
  const unregister = useSend('DELETE /instances/:instanceId', {
    onSuccess: () => {
      notify(`${instance.title} is unregistered.`);
      void navigate({ to: '/instances', search: {} });
    },
  });
  return (
    <ConfirmEffect
      title={`Unregister ${instance.title}`}
      effect={`All access on its ${plural(instance.databases, 'database')} is closed and proven first: ${plural(instance.sessions, 'session')} and ${plural(instance.accounts, 'temporary account')} end. The server itself and its data stay as they are.`}
      verb="Unregister"
      isDestructive
      isBusy={unregister.isPending}
      problem={unregister.error}
      onConfirm={() => unregister.mutate({ params: { instanceId: instance.id } })}
      onClose={onClose}
    />
  );
}
