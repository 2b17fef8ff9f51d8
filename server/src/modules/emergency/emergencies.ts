import type { ScopeView } from '@tidegate/contract';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { RequestLedger, RightsNow, RiskOfRequests } from '../access-request/index.ts';
import type { ApprovalStore, Approvers } from '../approval/index.ts';
import type { AuditLog } from '../audit/index.ts';
import type { Reauthenticate } from '../identity/index.ts';
import { emergencyHandlers } from './emergency-routes.ts';
import { EmergencyService } from './emergency-service.ts';
import { SqlEmergencyStore } from './emergency-store-sql.ts';

/** The module, put together. */
export function openEmergency(ground: {
  readonly db: Db;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
  readonly approval: ApprovalStore;
  readonly approvers: Approvers;
  readonly ledger: RequestLedger;
  readonly rights: RightsNow;
  readonly risk: RiskOfRequests;
  readonly reauthenticate: Reauthenticate;
  readonly scopesOf: (grantIds: readonly string[]) => Promise<(ScopeView | null)[]>;
}) {
  const { db, approvers } = ground;
  const store = new SqlEmergencyStore(db);
  const service = new EmergencyService({ ...ground, store });
  const environmentName = async (id: string): Promise<string | null> =>
    (await db.selectFrom('environment').where('id', '=', id).select('name').executeTakeFirst())?.name ?? null;
  const { reauthenticate, scopesOf } = ground;
  const handlers = emergencyHandlers({ service, store, approvers, reauthenticate, scopesOf, environmentName });
  return { store, service, handlers };
}
