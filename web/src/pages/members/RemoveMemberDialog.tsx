import { useQuery } from '@tanstack/react-query';
import { read, useSend } from '../../api/queries.ts';
import { roleLabel } from '../../lib/role-labels.ts';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import type { Member } from './MembersPage.tsx';

/** Takes a role away, with its effect before it happens. */
export function RemoveMemberDialog(props: { projectId: string; member: Member; onClose: () => void }) {
  const { projectId, member, onClose } = props;
  const params = { projectId, memberId: member.id };
  const effect = useQuery({ ...read('GET /projects/:projectId/members/:memberId/effect', { params }), staleTime: 0 });
  const remove = useSend('DELETE /projects/:projectId/members/:memberId', { onSuccess: onClose });
  return (
    <ConfirmEffect
      title={`Revoke ${roleLabel(member.role)} of ${member.principal.name}`}
      effect={effect.data?.sentence}
      effectProblem={effect.error}
      verb="Revoke now"
      isDestructive
      isBusy={remove.isPending}
      problem={remove.error}
      onConfirm={() => remove.mutate({ params })}
      onClose={onClose}
    />
  );
}
