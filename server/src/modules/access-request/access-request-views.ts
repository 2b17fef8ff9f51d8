import type { Grant, Privilege, RouteReply, Routes, Scope, ScopeView } from '@tidegate/contract';
import type { Actor } from '../../platform/http/route.ts';
import type { Approver, Approvers } from '../approval/index.ts';
import { type AccessRequest, gainersOf, type SourceRisk, type Wanted, wantedOf } from './access-request.ts';
import type { AccessRequestStore, GrantOfRequest, LiveGrant } from './access-request-store.ts';
import { endIfApproved } from './deciding-service.ts';
import { abilitiesOf } from './request-abilities.ts';
import type { RequestStepStore } from './request-step-store.ts';
import type { RequestStep } from './request-steps.ts';
import { remindableAt } from './request-talk-service.ts';
import { conversationOf, cutSentence, minutesOf, presentSteps, warningsOf } from './request-words.ts';

type RequestView = RouteReply<Routes['POST /requests']>;
type RequestDetail = RouteReply<Routes['GET /requests/:requestId']>;

/** How the ledger puts scopes and grants into words; the grant module has it. */
export interface ScopeWords {
  presentScopes(scopes: readonly { readonly projectId: string; readonly scope: Scope }[]): Promise<ScopeView[]>;
  /** `dev can read employee, salary and title in hr_prod` */
  sentenceOf(holder: string, privileges: readonly Privilege[], scope: ScopeView): string;
  /** What the person has now on these databases, a sentence each. */
  today(personId: string, databaseIds: readonly string[]): Promise<string[]>;
  /** What the scope names beyond what the person has now. */
  added(personId: string, scope: ScopeView, privileges: readonly Privilege[]): Promise<RequestDetail['added']>;
  /** Whole databases and schemas that are meant as of now, as the list of their tables. */
  freeze(scope: Scope, reader: Pick<Actor, 'can'>): Promise<Scope>;
  /** For those who decide: gaps in the walls of its servers, tables that changed since it was asked. */
  cautions(projectId: string, scope: ScopeView, askedAt: Date): Promise<string[]>;
  /** The person's latest grants in the project with their use. */
  history(personId: string, projectId: string): Promise<UsedGrant[]>;
  /** One grant with its use; null when it is gone. */
  used(holderId: string, grantId: string): Promise<UsedGrant | null>;
}

export type UsedGrant = Pick<Grant, 'id' | 'sentence' | 'startsAt' | 'expiresAt' | 'end' | 'use'>;

interface Parts {
  readonly store: AccessRequestStore;
  readonly steps: RequestStepStore;
  readonly approvers: Approvers;
  readonly words: ScopeWords;
  readonly now: () => Promise<Date>;
}

/** What is read once for all requests of an answer. */
interface Around {
  readonly steps: ReadonlyMap<string, RequestStep[]>;
  readonly people: ReadonlyMap<string, readonly Approver[]>;
  readonly keys: readonly string[];
  readonly now: Date;
  readonly typical: ReadonlyMap<string, number>;
}

const mostApprovers = 50;

/** Presents requests with everything a decision needs; reads in batches, whatever the number of rows. */
export class AccessRequestViews {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async many(actor: Actor, requests: readonly AccessRequest[]): Promise<RequestView[]> {
    const { store, words } = this.#parts;
    const ids = requests.map((request) => request.id);
    const [people, projects, decisions, grants, scopes, amended, around] = await Promise.all([
      store.people([...new Set(requests.map((request) => request.requesterId))]),
      store.projects([...new Set(requests.map((request) => request.projectId))]),
      store.decisionsOf(ids),
      store.grantsOf(ids),
      words.presentScopes(requests.map((request) => ({ ...request, ...wantedOf(request) }))),
      this.#amended(requests),
      this.#around(actor, requests),
    ]);
    return requests.flatMap((request, index) => {
      const requester = people.get(request.requesterId);
      const project = projects.get(request.projectId);
      const scope = scopes[index];
      if (requester === undefined || project === undefined || scope === undefined) return [];
      const grant = grants.get(request.id) ?? null;
      const gainers = gainersOf(request, project.isSample);
      const steps = around.steps.get(request.id) ?? [];
      return [
        {
          ...plainOf(request),
          requester,
          project: { id: project.id, name: project.name },
          scope,
          privileges: [...wantedOf(request).privileges],
          sentence: sentenceOf(request, words.sentenceOf(requester.name, wantedOf(request).privileges, scope)),
          expiry: wantedOf(request).expiry,
          expiresAt: endNow(request, around.now, grant, amended.get(request.amendsGrantId ?? '') ?? null),
          flow: this.#flowOf(request, steps, gainers, around),
          decisions: (decisions.get(request.id) ?? []).map(({ by, decision, comment, at }) => ({
            ...{ by, decision, comment, at: at.toISOString() },
          })),
          grantId: grant?.grantId ?? null,
          grantState: grant?.state ?? null,
          abilities: abilitiesOf(actor, request, { steps, keys: around.keys, gainers, now: around.now }),
        },
      ];
    });
  }

  async detail(actor: Actor, request: AccessRequest): Promise<RequestDetail> {
    const [view] = await this.many(actor, [request]);
    if (view === undefined) throw new Error(`Request ${request.id} has lost its requester or project.`);
    const { steps, words } = this.#parts;
    const databaseIds = view.scope.databases.map((database) => database.databaseId);
    const mayDecide =
      view.abilities['decide'] === true || actor.can('request.decide', { projectId: request.projectId });
    const [today, added, history, risks, messages, cuts, renewal, around, cautions] = await Promise.all([
      words.today(request.requesterId, databaseIds),
      words.added(request.requesterId, view.scope, view.privileges),
      words.history(request.requesterId, request.projectId),
      steps.risksOf([request.id]),
      steps.messagesOf(request.id),
      this.#cuts(request),
      request.amendsGrantId === null ? null : words.used(request.requesterId, request.amendsGrantId),
      this.#around(actor, [request]),
      mayDecide ? words.cautions(request.projectId, view.scope, request.createdAt) : [],
    ]);
    const own = around.steps.get(request.id) ?? [];
    const names = await this.#parts.approvers.namesOf(own.flatMap((step) => step.deciders));
    const gainers = [request.requesterId];
    const wanted = wantedOf(request);
    return {
      ...view,
      risk: (risks.get(request.id) ?? []).map(riskOf),
      steps: presentSteps(own, names, (step) => peopleOf(step, gainers, around)),
      conversation: conversationOf(messages, cuts),
      cuts,
      wanted: { scope: wanted.scope, privileges: [...wanted.privileges], minutes: minutesOf(wanted) },
      renewal: renewal === null ? null : renewalOf(renewal),
      remindableAt: remindableAt(request, around.now)?.toISOString() ?? null,
      today,
      added,
      history: history.filter((grant) => grant.id !== view.grantId).map(usedOf),
      warnings: [...warningsOf(view), ...cautions],
    };
  }

  /** Who would decide a request of this person by these steps, and how long it usually takes in the project. */
  async outlook(
    projectId: string,
    flowName: string,
    sentence: string,
    keys: readonly string[],
    gainers: readonly string[],
  ): Promise<RequestView['flow']> {
    const [approvers, typical] = await Promise.all([
      this.#parts.approvers.peopleOf(keys, gainers),
      this.#parts.store.typicalMinutes([projectId]),
    ]);
    const typicalMinutes = typical.get(projectId) ?? null;
    return { name: flowName, sentence, approvers: approvers.slice(0, mostApprovers), typicalMinutes };
  }

  #flowOf(
    request: AccessRequest,
    steps: readonly RequestStep[],
    gainers: readonly string[],
    around: Around,
  ): RequestView['flow'] {
    const flows = [...new Map(steps.map((step) => [step.flowId, step.flowName])).values()];
    const open = steps.filter((step) => step.state === 'open');
    const approvers = [
      ...new Map(open.flatMap((step) => peopleOf(step, gainers, around)).map((one) => [one.id, one])).values(),
    ];
    return {
      name: request.isAutoApproved ? 'Auto-approve' : flows.join(' and '),
      sentence: request.isAutoApproved ? 'Approved without asking anybody.' : sentenceOfSteps(open),
      approvers: approvers.slice(0, mostApprovers),
      typicalMinutes: around.typical.get(request.projectId) ?? null,
    };
  }

  async #around(actor: Actor, requests: readonly AccessRequest[]): Promise<Around> {
    const { store, steps, approvers, now } = this.#parts;
    const found = await steps.stepsOf(requests.map((request) => request.id));
    const open = [...found.values()].flat().filter((step) => step.state === 'open');
    const [people, keys, instant, typical] = await Promise.all([
      approvers.peopleByKey([...new Set(open.flatMap((step) => step.deciderKeys))]),
      approvers.keysOf(actor.personId),
      now(),
      store.typicalMinutes([...new Set(requests.map((request) => request.projectId))]),
    ]);
    return { steps: found, people, keys, now: instant, typical };
  }

  /** The grants that requests would change, for their ends. */
  async #amended(requests: readonly AccessRequest[]): Promise<Map<string, LiveGrant>> {
    const ids = new Set(requests.flatMap((request) => request.amendsGrantId ?? []));
    const grants = await Promise.all([...ids].map((id) => this.#parts.store.findGrant(id)));
    return new Map(grants.flatMap((grant) => (grant === null ? [] : [[grant.id, grant] as const])));
  }

  async #cuts(request: AccessRequest): Promise<RequestDetail['cuts']> {
    const cuts = await this.#parts.steps.cutsOf(request.id);
    const scoped = (wanted: Wanted) => ({ projectId: request.projectId, scope: wanted.scope });
    const scopes = await this.#parts.words.presentScopes(
      cuts.flatMap((cut) => [scoped(cut.before), scoped(cut.after)]),
    );
    return cuts.flatMap((cut, index) => {
      const before = scopes[2 * index];
      const after = scopes[2 * index + 1];
      if (before === undefined || after === undefined) return [];
      return [
        {
          by: cut.by,
          at: cut.at.toISOString(),
          sentence: cutSentence({ ...cut.before, view: before }, { ...cut.after, view: after }),
          before: { sentence: before.sentence, minutes: minutesOf(cut.before) },
          after: { sentence: after.sentence, minutes: minutesOf(cut.after) },
        },
      ];
    });
  }
}

function plainOf(request: AccessRequest) {
  return {
    id: request.id,
    number: request.number,
    kind: request.kind,
    amendsGrantId: request.amendsGrantId,
    state: request.state,
    reason: request.reason,
    ticket: request.ticket,
    startsAt: request.startsAt?.toISOString() ?? null,
    createdAt: request.createdAt.toISOString(),
    level: request.level,
    isAutoApproved: request.isAutoApproved,
    contentHash: request.contentHash,
    statementText: request.statementText,
  };
}

function sentenceOf(request: AccessRequest, sentence: string): string {
  if (request.kind === 'access') return sentence;
  return request.kind === 'extend' ? `${sentence} for longer` : `${sentence} as well`;
}

function sentenceOfSteps(open: readonly RequestStep[]): string {
  if (open.length === 0) return 'Nobody has to decide any more.';
  const left = open.map((step) => step.quorum - step.approvedBy.length).reduce((sum, one) => sum + one, 0);
  return left === 1
    ? 'One person other than the requester decides.'
    : `${left} more decisions of others than the requester are needed.`;
}

function endNow(
  request: AccessRequest,
  now: Date,
  grant: GrantOfRequest | null,
  amended: LiveGrant | null,
): string | null {
  const end = grant === null ? endIfApproved(request, now, amended) : grant.expiresAt;
  return end?.toISOString() ?? null;
}

function peopleOf(step: RequestStep, gainers: readonly string[], around: Around): Approver[] {
  if (step.state !== 'open') return [];
  const found = step.deciderKeys.flatMap((key) => around.people.get(key) ?? []);
  const done = new Set([...gainers, ...step.approvedBy.map(({ id }) => id)]);
  return [...new Map(found.map((one) => [one.id, one])).values()]
    .filter(({ id }) => !done.has(id))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

function riskOf({ source, level, ruleId, ruleName, reason, isFaulty }: SourceRisk): RequestDetail['risk'][number] {
  return { source, level, ruleId, ruleName, reason, isFaulty };
}

function usedOf(grant: UsedGrant): RequestDetail['history'][number] {
  return {
    grantId: grant.id,
    sentence: grant.sentence,
    startsAt: grant.startsAt,
    endedAt: grant.end?.closingAt ?? null,
    statements: grant.use.statements,
    rows: grant.use.rows,
  };
}

function renewalOf(grant: UsedGrant): NonNullable<RequestDetail['renewal']> {
  const { statements, rows, tables } = grant.use;
  const { id: grantId, sentence, startsAt, expiresAt } = grant;
  return { grantId, sentence, startsAt, expiresAt, statements, rows, tables };
}
