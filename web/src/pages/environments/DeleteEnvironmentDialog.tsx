import { useSend } from '../../api/queries.ts';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import type { Environment } from './EnvironmentsPage.tsx';

export function DeleteEnvironmentDialog(props: { environment: Environment; onClose: () => void }) {
  const { environment, onClose } = props;
  const remove = useSend('DELETE /environments/:environmentId', { onSuccess: onClose });
  return (
    <ConfirmEffect
      title={`Delete ${environment.name}`}
      effect="No instance uses it. What was recorded under its name stays."
      verb="Delete"
      isDestructive
      isBusy={remove.isPending}
      problem={remove.error}
      onConfirm={() => remove.mutate({ params: { environmentId: environment.id } })}
      onClose={onClose}
    />
  );
}
