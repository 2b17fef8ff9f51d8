import { AppError } from '../../platform/errors/app-error.ts';
import type { Tx } from '../../platform/store/tx.ts';
import { type ApprovalPlan, availabilityFault, capsOf, highestLevel, planOf, type Track } from '../approval/index.ts';
import {
  endOf,
  expiryFault,
  gainersOf,
  type NewAccessRequest,
  startFault,
  startOf,
  type TimeCaps,
} from './access-request.ts';
import type { LiveGrant } from './access-request-store.ts';
import { contentHashOf } from './content-hash.ts';
import { getActiveProject } from './request-faults.ts';
import type { EvaluatedSource, RequestParts } from './request-parts.ts';
import { type NewRequestStep, stepsOf } from './request-steps.ts';

/** What a request is decided on: how risky it is, who has to say yes, within which limits; or why it cannot be sent. */
export interface RequestBasis {
  readonly risks: readonly EvaluatedSource[];
  readonly level: ReturnType<typeof highestLevel>;
  readonly plan: ApprovalPlan;
  readonly tracks: readonly Track[];
  readonly isAuto: boolean;
  readonly caps: TimeCaps & { readonly needsTicket: boolean };
  readonly refusal: AppError | null;
}

const nothingAllowed = { longestMinutes: 0, allowsNoEnd: false, needsTicket: false };

/** Looks everything up anew: rules, flows, matrix, limits, and whether those who are named are there. */
export async function basisOf(
  parts: RequestParts,
  tx: Tx,
  request: NewAccessRequest,
  grant: LiveGrant | null,
): Promise<RequestBasis> {
  const now = await parts.ledger.now(tx);
  const project = await getActiveProject(parts, tx, request.projectId);
  await parts.ledger.checkScope(tx, request.projectId, request.scope);
  const span = spanOf(request, grant, now);
  const risks: EvaluatedSource[] = [];
  for (const source of new Set(request.privileges)) {
    const { requesterId, projectId, scope, privileges, ticket } = request;
    const minutes =
      span.end === null ? null : Math.max(0, Math.ceil((span.end.getTime() - span.start.getTime()) / 60_000));
    const subject = { source, requesterId, projectId, scope, privileges, minutes, startsAt: span.start, ticket };
    risks.push(await parts.risk.evaluate(tx, subject));
  }
  const rules = await parts.approval.rulesOf(request.projectId, tx);
  const plan = planOf(risks, rules);
  const levels = risks.flatMap((risk) => (risk.level === null ? [] : [risk.level]));
  const caps = levels.length === 0 ? nothingAllowed : capsOf(levels, rules);
  const isAuto = plan.kind === 'auto' || (await isCoveredExtension(parts, tx, request, plan));
  const tracks = plan.kind === 'ask' && !isAuto ? plan.tracks : [];
  const basis = { risks, level: highestLevel(levels), plan, tracks, isAuto, caps };
  const gainers = gainersOf(request, project.isSample);
  return { ...basis, refusal: await refusalOf(parts, tx, { request, basis, gainers, span, now }) };
}

/** From when to when access would be, if it were decided now. */
function spanOf(request: NewAccessRequest, grant: LiveGrant | null, now: Date): { start: Date; end: Date | null } {
  if (grant === null) {
    const start = startOf(request, now);
    return { start, end: endOf(request.expiry, start) };
  }
  return { start: now, end: request.kind === 'extend' ? extendedEnd(request, grant) : grant.expiresAt };
}

export function extendedEnd(request: Pick<NewAccessRequest, 'expiry'>, grant: LiveGrant): Date | null {
  return grant.expiresAt === null ? null : endOf(request.expiry, grant.expiresAt);
}

/** Whether every flow approves an extension of this length by itself, those before it counted in. */
async function isCoveredExtension(
  parts: RequestParts,
  tx: Tx,
  request: NewAccessRequest,
  plan: ApprovalPlan,
): Promise<boolean> {
  if (request.kind !== 'extend' || plan.kind !== 'ask' || request.expiry.kind !== 'after') return false;
  if (request.amendsGrantId === null) return false;
  const total = (await parts.store.extendedMinutes(tx, request.amendsGrantId)) + request.expiry.minutes;
  return plan.tracks.every(({ flow }) => flow.extendsMinutes !== null && total <= flow.extendsMinutes);
}

async function refusalOf(
  parts: RequestParts,
  tx: Tx,
  found: {
    request: NewAccessRequest;
    basis: Omit<RequestBasis, 'refusal'>;
    gainers: readonly string[];
    span: { start: Date; end: Date | null };
    now: Date;
  },
): Promise<AppError | null> {
  const { request, basis, gainers, span, now } = found;
  const { plan, caps, tracks } = basis;
  if (plan.kind === 'refused') return new AppError('access_request.no_flow', plan.message);
  const late = startFault(request.startsAt, now);
  if (late !== null) return new AppError('access_request.start_invalid', late);
  const end = span.end === null ? ({ kind: 'never' } as const) : ({ kind: 'at', at: span.end.toISOString() } as const);
  const isGivenAlready = request.kind === 'add' && span.end === null;
  const fault = expiryFault(end, span.start, isGivenAlready ? { ...caps, allowsNoEnd: true } : caps);
  if (fault !== null) return new AppError('access_request.expiry_invalid', fault);
  if (caps.needsTicket && (request.ticket ?? '') === '') {
    return new AppError(
      'access_request.ticket_missing',
      'A request like this needs a ticket: give its number or link.',
    );
  }
  const nobody = await availabilityFault(parts.approvers, tracks, request.projectId, gainers, tx);
  return nobody === null ? null : new AppError('access_request.no_approver', nobody);
}

/** The hash of the request on this basis. */
export function hashOn(
  request: NewAccessRequest,
  round: number,
  basis: Pick<RequestBasis, 'risks' | 'tracks'>,
): string {
  const flows = basis.tracks.map(({ flow, sources }) => ({ id: flow.id, version: flow.version, sources }));
  return contentHashOf(request, { round, narrowed: null, risks: basis.risks, flows });
}

export function stepsOn(request: NewAccessRequest, basis: RequestBasis, now: Date): NewRequestStep[] {
  return stepsOf(basis.tracks, request.projectId, now);
}
