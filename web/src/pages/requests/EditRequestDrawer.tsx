import { Drawer } from '../../ui/Dialog.tsx';
import { RequestForm } from '../../ui/request/RequestForm.tsx';
import css from './RequestPage.module.css';
import type { RequestDetail } from './RequestPage.tsx';

/** The requester changes what he asked for. Risk and flow are looked up again, and decisions start anew. */
export default function EditRequestDrawer({ request, onClose }: { request: RequestDetail; onClose: () => void }) {
  const { id, number, contentHash, project, wanted, reason, expiry, ticket, startsAt } = request;
  return (
    <Drawer title={`Change request #${number}`} isOpen onClose={onClose} width={680}>
      {request.decisions.length > 0 && (
        <p className={css.beforeForm}>Approvals that were given do not count any more.</p>
      )}
      <RequestForm
        project={project}
        editing={{ requestId: id, contentHash }}
        from={{
          key: `edit ${id} ${contentHash}`,
          draft: {
            scopeKind: wanted.scope.kind,
            items: wanted.scope.kind === 'items' ? wanted.scope.items : [],
            privileges: wanted.privileges,
            ...{ reason, expiry, startsAt },
            ticket: ticket ?? '',
          },
        }}
        onSent={onClose}
        onCancel={onClose}
      />
    </Drawer>
  );
}
