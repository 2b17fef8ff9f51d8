import { useSend } from '../../api/queries.ts';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import type { Database } from '../databases/database-columns.tsx';

export function UnassignDialog(props: { projectId: string; database: Database; onClose: () => void }) {
  const { projectId, database, onClose } = props;
  const unassign = useSend('POST /projects/:projectId/unassign', { onSuccess: onClose });
  return (
    <ConfirmEffect
      title="Take a database out"
      effect={
        <>
          <span className="mono">{database.name}</span> leaves the project. All access to it that the project gave ends
          at once, running statements included.
        </>
      }
      verb="Take out"
      isDestructive
      isBusy={unassign.isPending}
      problem={unassign.error}
      onConfirm={() => unassign.mutate({ params: { projectId }, body: { databaseIds: [database.id] } })}
      onClose={onClose}
    />
  );
}
