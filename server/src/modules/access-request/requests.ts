import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { HandlersOf } from '../../platform/http/route.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { ApprovalStore, Approvers } from '../approval/index.ts';
import type { AuditLog } from '../audit/index.ts';
import { accessRequestHandlers } from './access-request-routes.ts';
import { SqlAccessRequestStore } from './access-request-store-sql.ts';
import { AccessRequestViews, type ScopeWords } from './access-request-views.ts';
import { AskingService } from './asking-service.ts';
import { DecidingService } from './deciding-service.ts';
import { draftLike } from './request-drafts.ts';
import type { RequestLedger, RequestParts, RightsNow, RiskOfRequests } from './request-parts.ts';
import { replayApproval } from './request-replay.ts';
import { SqlRequestStepStore } from './request-step-store-sql.ts';
import { RequestTalkService } from './request-talk-service.ts';
import { RequestUpkeepService } from './request-upkeep-service.ts';

export interface RequestGround {
  readonly db: Db;
  readonly approval: ApprovalStore;
  readonly approvers: Approvers;
  readonly ledger: RequestLedger;
  readonly rights: RightsNow;
  readonly risk: RiskOfRequests;
  readonly words: ScopeWords;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
  readonly now: () => Promise<Date>;
}

/** The module, put together. */
export function openRequests(ground: RequestGround) {
  const { db, words } = ground;
  const parts: RequestParts = { ...ground, store: new SqlAccessRequestStore(db), steps: new SqlRequestStepStore(db) };
  const services = {
    asking: new AskingService(parts),
    deciding: new DecidingService(parts),
    talk: new RequestTalkService(parts),
    upkeep: new RequestUpkeepService(parts),
  };
  const views = new AccessRequestViews({ ...parts, words, now: ground.now });
  return {
    ...services,
    store: parts.store,
    steps: parts.steps,
    views,
    handlers: {
      ...replayHandlers(db, ground.approval),
      ...accessRequestHandlers({
        ...services,
        ...{ store: parts.store, steps: parts.steps, approvers: ground.approvers, views, words },
        draftLike: (request) => draftLike(db, request),
      }),
    },
  };
}

function replayHandlers(db: Db, approval: ApprovalStore): HandlersOf<'POST /approval/replay'> {
  return {
    'POST /approval/replay': async ({ body }, context) => {
      context.authorize('approval.manage', 'workspace');
      return await replayApproval(db, approval, body);
    },
  };
}

export type Requests = ReturnType<typeof openRequests>;
