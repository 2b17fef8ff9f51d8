import type { Privilege, Scope } from '@tidegate/contract';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Tx } from '../../platform/store/tx.ts';
import type { ApprovalStore, Approvers } from '../approval/index.ts';
import type { AuditLog } from '../audit/index.ts';
import type { NewGrant } from '../grant/index.ts';
import type { RiskEvaluation, RiskSubject } from '../risk/index.ts';
import type { AccessRequest, SourceRisk } from './access-request.ts';
import type { AccessRequestStore } from './access-request-store.ts';
import type { RequestStepStore } from './request-step-store.ts';

/** A person's rights at this very moment, read anew inside the decision's transaction. */
export interface RightsNow {
  mayRequest(tx: Tx, personId: string, projectId: string): Promise<boolean>;
}

/** What a request needs of the ledger; the grant module has it. */
export interface RequestLedger {
  now(tx: Tx): Promise<Date>;
  withChanging<T>(personIds: readonly string[], work: (tx: Tx) => Promise<T>): Promise<T>;
  createGrant(tx: Tx, grant: NewGrant): Promise<string>;
  /** Moves the end of a grant in force; nobody is disconnected. Refuses with `grant.not_active`. */
  extendGrant(tx: Tx, extension: GrantExtension): Promise<unknown>;
  /** More tables beside a grant in force, with its end; nobody is disconnected. Refuses with `grant.not_active`. */
  addToGrant(tx: Tx, addition: GrantAddition): Promise<unknown>;
  /** Refuses with `grant.scope_unknown` when a database is not in the project or a table is not in the catalog. */
  checkScope(tx: Tx, projectId: string, scope: Scope): Promise<void>;
  /** The scope as people read it, for the record. */
  describe(tx: Tx, projectId: string, scope: Scope): Promise<string>;
}

export interface GrantExtension {
  readonly grantId: string;
  readonly expiresAt: Date | null;
  readonly requestId: string;
  readonly by: string | null;
  readonly onBehalfOf: string | null;
}

export interface GrantAddition extends Omit<GrantExtension, 'expiresAt'> {
  readonly scope: Scope;
  readonly privileges: readonly Privilege[];
  readonly reason: string;
}

/** What the rules say of one source. */
export type EvaluatedSource = RiskEvaluation & Pick<SourceRisk, 'source'>;

/** How risky something is. Without a rule that matches the level is null: refuse. */
export interface RiskOfRequests {
  evaluate(tx: Tx, subject: RiskSubject): Promise<EvaluatedSource>;
  /** Marks the rules that could not be evaluated, for those who manage them, where a refusal took the mark back. */
  flagFaults(tx: Tx, evaluations: readonly EvaluatedSource[]): Promise<void>;
  /** Keeps the evaluations with the request, for good. */
  keep(tx: Tx, requestId: string, evaluations: readonly EvaluatedSource[]): Promise<void>;
}

export interface Caller {
  readonly personId: string;
  readonly adminPersonId: string | null;
  readonly name: string;
}

/** What the services of this module share. */
export interface RequestParts {
  readonly store: AccessRequestStore;
  readonly steps: RequestStepStore;
  readonly approval: ApprovalStore;
  readonly approvers: Approvers;
  readonly risk: RiskOfRequests;
  readonly ledger: RequestLedger;
  readonly rights: RightsNow;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
}

export function placeOf(caller: Caller, request: AccessRequest) {
  return {
    actorId: caller.personId,
    onBehalfOfId: caller.adminPersonId,
    projectId: request.projectId,
    requestId: request.id,
  };
}
