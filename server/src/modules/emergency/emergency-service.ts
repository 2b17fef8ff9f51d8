import type { Scope } from '@tidegate/contract';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Tx } from '../../platform/store/tx.ts';
import {
  type Caller,
  flaggingFaults,
  type RequestLedger,
  type RightsNow,
  type RiskOfRequests,
} from '../access-request/index.ts';
import {
  type ApprovalStore,
  type Approvers,
  availabilityFault,
  deciderKeys,
  type Flow,
  planOf,
} from '../approval/index.ts';
import type { AuditLog } from '../audit/index.ts';
import { notify } from '../notification/index.ts';
import { type EmergencyWish, reviewHash } from './emergency.ts';
import type { EmergencyPolicy, EmergencyStore } from './emergency-store.ts';

interface Parts {
  readonly store: EmergencyStore;
  readonly ledger: RequestLedger;
  readonly rights: RightsNow;
  readonly risk: RiskOfRequests;
  readonly approval: ApprovalStore;
  readonly approvers: Approvers;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
}

type Evaluation = Awaited<ReturnType<RiskOfRequests['evaluate']>>;

/** Access without a decision, for those whom a policy names, and the review that somebody else closes afterwards. */
export class EmergencyService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async setPolicy(
    caller: Caller,
    environmentId: string,
    policy: Pick<EmergencyPolicy, 'longestMinutes'> & {
      principals: readonly { kind: 'person' | 'group'; id: string }[];
    },
  ): Promise<EmergencyPolicy | null> {
    const { store, ledger, audit } = this.#parts;
    return await ledger.withChanging([], async (tx) => {
      const saved = await store.setPolicy(tx, environmentId, policy.principals, policy.longestMinutes);
      await audit.append(tx, {
        kind: 'emergency.policy_changed',
        actorId: caller.personId,
        onBehalfOfId: caller.adminPersonId,
        data: {
          environment: saved?.environment ?? { id: environmentId },
          people: saved?.principals.map(({ name }) => name) ?? [],
          longestMinutes: policy.longestMinutes,
        },
      });
      return saved;
    });
  }

  /**
   * Opens at once. The caller has given his password again. Everything is read under his lock: the policy, an open review
   * of his, the rules, and whether somebody else is there to review it.
   */
  async open(caller: Caller, wish: EmergencyWish): Promise<string> {
    const { store, ledger } = this.#parts;
    return await flaggingFaults(this.#parts, [caller.personId], async (tx, judged) => {
      if ((await store.findOpenReview(caller.personId, tx)) !== null) {
        throw new AppError(
          'emergency.review_open',
          'Your last emergency access is still under review. It has to be closed by somebody else first.',
        );
      }
      await this.#requireAllowed(tx, caller, wish);
      const scope: Scope = {
        kind: 'items',
        items: [...new Set(wish.databaseIds)].map((databaseId) => ({ databaseId, schema: null, table: null })),
      };
      await ledger.checkScope(tx, wish.projectId, scope);
      const now = await ledger.now(tx);
      const risk = await this.#judge(tx, caller, wish, scope, now);
      judged.push(risk);
      const review = await this.#reviewFlow(tx, caller, wish.projectId, risk);
      const grantId = await ledger.createGrant(tx, {
        source: 'emergency',
        holder: { kind: 'person', id: caller.personId },
        projectId: wish.projectId,
        scope,
        privileges: ['read'],
        reason: wish.reason,
        grantedBy: null,
        startsAt: now,
        expiresAt: new Date(now.getTime() + wish.minutes * 60_000),
      });
      const { flow, keys, level } = review;
      const reviewId = await store.insertReview(tx, {
        ...{ grantId, personId: caller.personId, projectId: wish.projectId, reason: wish.reason },
        ...{ incident: wish.incident, level, flowId: flow.id, flowVersion: flow.version, reviewerKeys: keys },
        risk: { level: risk.level, ruleId: risk.ruleId, ruleName: risk.ruleName, reason: risk.reason },
      });
      await this.#tell(tx, caller, wish, { grantId, scope, keys });
      return reviewId;
    });
  }

  /** Closes the review of exactly the statements that were shown, once the access has ended; never the person himself. */
  async close(caller: Caller, reviewId: string, note: string, shownHash: string): Promise<void> {
    const { store, ledger, approvers, audit, feed } = this.#parts;
    await ledger.withChanging([caller.personId], async (tx) => {
      await store.hold(tx, reviewId);
      const review = await store.find(reviewId, tx);
      if (review === null) throw notFound('review');
      if (caller.personId === review.personId || caller.adminPersonId === review.personId) {
        throw new AppError('access_request.own_decision', 'Nobody closes the review of his own access.');
      }
      const keys = await approvers.keysOf(caller.personId, tx);
      if (!review.reviewerKeys.some((key) => keys.includes(key))) {
        throw new AppError('auth.forbidden', 'You are not among those who may close this review.');
      }
      if (review.state === 'closed') throw new AppError('emergency.already_closed', 'This review is closed already.');
      if (!review.hasEnded) {
        throw new AppError(
          'emergency.not_ended',
          'The access is still open: end it first, or wait until it has ended.',
        );
      }
      const contentHash = reviewHash(review, await store.statementsOf(review.grantId, tx));
      if (contentHash !== shownHash) {
        throw new AppError(
          'access_request.changed',
          'There is more than you were shown. Read it again, then close it.',
        );
      }
      if (!(await store.close(tx, reviewId, { by: caller.personId, note, contentHash }))) {
        throw new AppError('emergency.already_closed', 'This review is closed already.');
      }
      await feed.publish(tx, {
        event: { topic: 'grant', id: review.grantId, projectId: review.projectId },
        audience: { personIds: [review.personId, caller.personId], projectId: review.projectId },
      });
      await audit.append(tx, {
        kind: 'emergency.reviewed',
        actorId: caller.personId,
        onBehalfOfId: caller.adminPersonId,
        ...{ projectId: review.projectId, grantId: review.grantId },
        data: {
          person: { id: review.personId },
          incident: review.incident,
          note,
          contentHash,
          statements: review.statements,
        },
      });
    });
  }

  async #requireAllowed(tx: Tx, caller: Caller, wish: EmergencyWish): Promise<void> {
    const { store, rights } = this.#parts;
    const open = await store.openable(caller.personId, tx);
    const chosen = open.filter((one) => one.projectId === wish.projectId && wish.databaseIds.includes(one.databaseId));
    if (
      chosen.length !== new Set(wish.databaseIds).size ||
      !(await rights.mayRequest(tx, caller.personId, wish.projectId))
    ) {
      throw new AppError('emergency.not_allowed', 'No policy opens these databases to you by emergency.');
    }
    const longest = Math.min(...chosen.map((one) => one.longestMinutes));
    if (wish.minutes > longest) {
      throw new AppError('access_request.expiry_invalid', `Emergency access lasts ${longest} min at most here.`);
    }
  }

  async #judge(tx: Tx, caller: Caller, wish: EmergencyWish, scope: Scope, now: Date): Promise<Evaluation> {
    return await this.#parts.risk.evaluate(tx, {
      ...{ source: 'emergency', requesterId: caller.personId, projectId: wish.projectId, scope, privileges: ['read'] },
      ...{ minutes: wish.minutes, startsAt: now, ticket: wish.incident },
    });
  }

  /** Who reviews it: the deciders of the flow that stands for emergency at this level. */
  async #reviewFlow(
    tx: Tx,
    caller: Caller,
    projectId: string,
    risk: Evaluation,
  ): Promise<{ flow: Flow; keys: string[]; level: string }> {
    const { approval, approvers } = this.#parts;
    const plan = planOf([risk], await approval.rulesOf(projectId, tx));
    const message = plan.kind === 'refused' ? plan.message : 'Nobody would review this.';
    if (plan.kind !== 'ask' || risk.level === null) throw new AppError('access_request.no_flow', message);
    const gainers = caller.adminPersonId === null ? [caller.personId] : [caller.personId, caller.adminPersonId];
    const nobody = await availabilityFault(approvers, plan.tracks, projectId, gainers, tx);
    if (nobody !== null) throw new AppError('emergency.no_reviewer', nobody);
    const [track] = plan.tracks;
    if (track === undefined) throw new AppError('access_request.no_flow', message);
    const deciders = plan.tracks.flatMap(({ flow }) => flow.steps.flatMap((step) => step.deciders));
    return { flow: track.flow, keys: [...new Set(deciderKeys(deciders, projectId))], level: risk.level };
  }

  async #tell(
    tx: Tx,
    caller: Caller,
    wish: EmergencyWish,
    opened: { readonly grantId: string; readonly scope: Scope; readonly keys: readonly string[] },
  ): Promise<void> {
    const { store, ledger, approvers, audit } = this.#parts;
    const scope = await ledger.describe(tx, wish.projectId, opened.scope);
    const reviewers = await approvers.peopleOf(opened.keys, [caller.personId], tx);
    await notify(tx, {
      about: 'emergency.used',
      to: [...(await store.toTell(tx, wish.projectId)), ...reviewers.map(({ id }) => id)],
      by: caller.personId,
      sentence: `${caller.name} opened by emergency for ${wish.minutes} min: ${scope}.`,
      detail: `${wish.reason} (${wish.incident})`,
      ...{ projectId: wish.projectId, grantId: opened.grantId },
    });
    await audit.append(tx, {
      kind: 'emergency.used',
      actorId: caller.personId,
      ...{ projectId: wish.projectId, grantId: opened.grantId },
      data: { scope, minutes: wish.minutes, reason: wish.reason, incident: wish.incident },
    });
  }
}
