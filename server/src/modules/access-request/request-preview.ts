import type { RouteAnswer, RouteInput, Routes } from '@tidegate/contract';
import { AppError } from '../../platform/errors/app-error.ts';
import { deciderKeys, flowSentence, stepWords } from '../approval/index.ts';
import { expiryFault, gainersOf } from './access-request.ts';
import type { RequestRouteParts } from './access-request-routes.ts';
import type { RequestBasis } from './request-basis.ts';
import type { Caller } from './request-parts.ts';

type Preview = RouteAnswer<Routes['POST /requests/preview']>;
type PreviewBody = RouteInput<Routes['POST /requests/preview']>['body'];

const usualDurations = [
  { label: '30m', minutes: 30 },
  { label: '1h', minutes: 60 },
  { label: '4h', minutes: 240 },
  { label: '1 day', minutes: 1440 },
  { label: '1 week', minutes: 7 * 1440 },
];

/** What would come of asking, before it is asked: the form draws itself from it. */
export async function previewOf(parts: RequestRouteParts, caller: Caller, body: PreviewBody): Promise<Preview> {
  const { asking, views, words, approvers, store } = parts;
  const { projectId, scope, privileges, ticket } = body;
  const [shown] = await words.presentScopes([{ projectId, scope }]);
  if (shown === undefined) throw new AppError('grant.scope_empty', 'Choose at least one database or table.');
  const project = (await store.projects([projectId])).get(projectId);
  const durations = project?.isSample ? [{ label: '1m', minutes: 1 }, ...usualDurations] : usualDurations;
  const minutes = body.minutes ?? durations[0]?.minutes ?? 1;
  const basis = await asking.preview(caller, {
    ...{ projectId, scope, privileges, ticket, reason: '', statementText: null },
    startsAt: body.startsAt === null ? null : new Date(body.startsAt),
    expiry: { kind: 'after', minutes },
  });
  const names = await approvers.namesOf(
    basis.tracks.flatMap(({ flow }) => flow.steps.flatMap((step) => step.deciders)),
  );
  const keys = basis.tracks.flatMap(({ flow }) => flow.steps.flatMap((step) => deciderKeys(step.deciders, projectId)));
  const gainers = gainersOf(
    { requesterId: caller.personId, behindId: caller.adminPersonId },
    project?.isSample ?? false,
  );
  const sentences = basis.tracks.map(({ flow }) => flowSentence(flow, names));
  const flowName = basis.isAuto ? 'Auto-approve' : basis.tracks.map(({ flow }) => flow.name).join(' and ');
  const sentence = basis.isAuto ? 'Approved at once, nobody is asked.' : sentences.join(' And: ');
  return {
    flow: await views.outlook(projectId, flowName, sentence, keys, gainers),
    steps: basis.tracks.flatMap(({ flow }) => flow.steps.map((step) => `${stepWords(step, names)}.`)),
    risk: basis.risks.map(({ source, level, ruleId, ruleName, reason, isFaulty }) => ({
      ...{ source, level, ruleId, ruleName, reason, isFaulty },
    })),
    level: basis.level,
    isAutoApproved: basis.isAuto,
    sentence: words.sentenceOf('You', privileges, shown),
    blocked: blockedBy(basis),
    durations: withinCaps(durations, basis),
    longestMinutes: basis.caps.longestMinutes,
    allowsNoEnd: basis.caps.allowsNoEnd,
    needsTicket: basis.caps.needsTicket,
  };
}

/** What the form can mend itself (its ticket, its time) does not block it. */
function blockedBy({ refusal }: RequestBasis): string | null {
  if (refusal === null) return null;
  const isMended = ['access_request.ticket_missing', 'access_request.expiry_invalid'].includes(refusal.code);
  return isMended ? null : refusal.message;
}

/** The shortest first; where the limit is tighter than all of them, the limit itself. */
function withinCaps(durations: readonly { label: string; minutes: number }[], { caps }: RequestBasis) {
  const allowed = durations.filter(
    ({ minutes }) => expiryFault({ kind: 'after', minutes }, new Date(0), caps) === null,
  );
  if (allowed.length > 0 || caps.longestMinutes < 1) return allowed;
  return [{ label: `${caps.longestMinutes}m`, minutes: caps.longestMinutes }];
}
