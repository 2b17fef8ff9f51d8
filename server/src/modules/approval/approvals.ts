import type { Db } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import { approvalHandlers } from './approval-routes.ts';
import { ApprovalService } from './approval-service.ts';
import { SqlApprovalStore } from './approval-store-sql.ts';
import { Approvers } from './approvers.ts';

/** The module, put together. */
export function openApproval({ db, audit }: { readonly db: Db; readonly audit: AuditLog }) {
  const store = new SqlApprovalStore(db);
  const approvers = new Approvers(db);
  const inTransaction = <T>(work: Parameters<ReturnType<Db['transaction']>['execute']>[0]) =>
    db.transaction().execute(work) as Promise<T>;
  const service = new ApprovalService({ store, approvers, audit, inTransaction });
  return { store, approvers, service, handlers: approvalHandlers({ service, store, approvers }) };
}
