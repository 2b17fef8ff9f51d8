import type { Grant, Privilege, RouteReply, Routes, Scope, ScopeView } from '@tidegate/contract';
import type { Actor } from '../../platform/http/route.ts';
import { type AccessRequest, endOf, fixedFlow } from './access-request.ts';
import type { AccessRequestStore } from './access-request-store.ts';

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
  /** The person's latest grants in the project with their use. */
  history(personId: string, projectId: string): Promise<Pick<Grant, 'id' | 'sentence' | 'startsAt' | 'end' | 'use'>[]>;
}

/** Presents requests with everything a decision needs; reads in batches, whatever the number of rows. */
export class AccessRequestViews {
  readonly #store: AccessRequestStore;
  readonly #words: ScopeWords;
  readonly #now: () => Promise<Date>;

  constructor(store: AccessRequestStore, words: ScopeWords, now: () => Promise<Date>) {
    this.#store = store;
    this.#words = words;
    this.#now = now;
  }

  async many(actor: Actor, requests: readonly AccessRequest[]): Promise<RequestView[]> {
    const ids = requests.map((request) => request.id);
    const [people, projects, decisions, grants, scopes, now] = await Promise.all([
      this.#store.people([...new Set(requests.map((request) => request.requesterId))]),
      this.#store.projects([...new Set(requests.map((request) => request.projectId))]),
      this.#store.decisionsOf(ids),
      this.#store.grantsOf(ids),
      this.#words.presentScopes(requests),
      this.#now(),
    ]);
    const flows = await this.#flows(requests);
    return requests.flatMap((request, index) => {
      const requester = people.get(request.requesterId);
      const project = projects.get(request.projectId);
      const scope = scopes[index];
      if (requester === undefined || project === undefined || scope === undefined) return [];
      const grant = grants.get(request.id) ?? null;
      return [
        {
          id: request.id,
          number: request.number,
          kind: 'access' as const,
          amendsGrantId: null,
          state: request.state,
          requester,
          project: { id: project.id, name: project.name },
          scope,
          privileges: [...request.privileges],
          sentence: this.#words.sentenceOf(requester.name, request.privileges, scope),
          reason: request.reason,
          ticket: null,
          expiry: request.expiry,
          startsAt: null,
          level: null,
          isAutoApproved: false,
          expiresAt: (grant === null ? endOf(request.expiry, now) : grant.expiresAt)?.toISOString() ?? null,
          createdAt: request.createdAt.toISOString(),
          flow: flows.get(flowKey(request)) ?? noFlow,
          decisions: (decisions.get(request.id) ?? []).map((decision) => ({
            ...decision,
            at: decision.at.toISOString(),
          })),
          contentHash: request.contentHash,
          grantId: grant?.grantId ?? null,
          grantState: grant?.state ?? null,
          statementText: request.statementText,
          abilities: abilitiesOf(actor, request),
        },
      ];
    });
  }

  async detail(actor: Actor, request: AccessRequest): Promise<RequestDetail> {
    const [view] = await this.many(actor, [request]);
    if (view === undefined) throw new Error(`Request ${request.id} has lost its requester or project.`);
    const databaseIds = view.scope.databases.map((database) => database.databaseId);
    const [today, added, history] = await Promise.all([
      this.#words.today(request.requesterId, databaseIds),
      this.#words.added(request.requesterId, view.scope, request.privileges),
      this.#words.history(request.requesterId, request.projectId),
    ]);
    return {
      ...view,
      risk: [],
      steps: [],
      conversation: view.decisions.map(({ by, decision, comment, at }) => ({
        id: request.id,
        kind: decision === 'approve' ? ('approved' as const) : ('rejected' as const),
        by,
        text: comment,
        at,
      })),
      cuts: [],
      wanted: { scope: request.scope, privileges: [...request.privileges], minutes: minutesOf(request) },
      renewal: null,
      remindableAt: null,
      today,
      added,
      history: history
        .filter((grant) => grant.id !== view.grantId)
        .map((grant) => ({
          grantId: grant.id,
          sentence: grant.sentence,
          startsAt: grant.startsAt,
          endedAt: grant.end?.closingAt ?? null,
          statements: grant.use.statements,
          rows: grant.use.rows,
        })),
      warnings: warningsOf(view),
    };
  }

  /** Who would decide a request of this person in the project, and how long it usually takes. */
  async flow(projectId: string, requesterId: string): Promise<RequestView['flow']> {
    const [approvers, typicalMinutes] = await Promise.all([
      this.#store.approvers(projectId, requesterId),
      this.#store.typicalMinutes(projectId),
    ]);
    return { ...fixedFlow, approvers, typicalMinutes };
  }

  async #flows(requests: readonly AccessRequest[]): Promise<Map<string, RequestView['flow']>> {
    const distinct = new Map(requests.map((request) => [flowKey(request), request]));
    const flows = await Promise.all(
      [...distinct].map(
        async ([key, { projectId, requesterId }]) => [key, await this.flow(projectId, requesterId)] as const,
      ),
    );
    return new Map(flows);
  }
}

const noFlow: RequestView['flow'] = { ...fixedFlow, approvers: [], typicalMinutes: null };

function flowKey(request: AccessRequest): string {
  return `${request.projectId} ${request.requesterId}`;
}

function abilitiesOf(actor: Actor, request: AccessRequest): Record<string, boolean> {
  const isPending = request.state === 'pending';
  const isOwn = request.requesterId === actor.personId;
  return {
    decide: isPending && !isOwn && actor.can('request.decide', { projectId: request.projectId }),
    withdraw: isPending && isOwn,
    requestAgain: isOwn && !isPending,
  };
}

function minutesOf({ expiry }: AccessRequest): number | null {
  return expiry.kind === 'after' ? expiry.minutes : null;
}

function warningsOf(view: RequestView): string[] {
  const warnings: string[] = [];
  const isProtected = view.scope.databases.some((database) => database.environment.isProtected);
  if (isProtected) warnings.push('This reaches a protected environment.');
  const whole = view.scope.databases.filter((database) => database.isWhole).map((database) => database.name);
  if (view.scope.isProject) warnings.push('This covers every database of the project, also later ones.');
  else if (whole.length > 0) warnings.push(`This covers all tables of ${whole.join(', ')}, also later ones.`);
  if (view.privileges.includes('write')) warnings.push('This allows changing data.');
  return warnings;
}
