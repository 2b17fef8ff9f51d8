/**
 * What the rules of requests and grants say, written a second time and as plainly as possible: no store, no locks, no
 * hashes but a number. The test runs both beside each other.
 */
export type ModelRole = 'owner' | 'dba';

export interface ModelFlow {
  readonly steps: readonly { readonly role: ModelRole; readonly quorum: number; readonly minutes: number | null }[];
}

interface ModelStep {
  readonly role: ModelRole;
  readonly quorum: number;
  readonly minutes: number | null;
  state: 'waiting' | 'open' | 'satisfied' | 'expired' | 'void';
  readonly approvedBy: Set<number>;
  dueAt: number | null;
}

export interface ModelGrant {
  start: number;
  end: number;
  isRevoked: boolean;
}

export interface ModelRequest {
  readonly by: number;
  readonly kind: 'access' | 'extend';
  /** Of `extend`: what it extends. */
  readonly amends: ModelRequest | null;
  state: 'pending' | 'changes_wanted' | 'approved' | 'rejected' | 'withdrawn' | 'expired';
  steps: ModelStep[];
  minutes: number;
  startsAt: number | null;
  grant: ModelGrant | null;
}

const minute = 60_000;

export class RequestModel {
  now: number;
  /** Null: auto-approve. */
  flow: ModelFlow | null;
  readonly owners: Set<number>;
  readonly dbas: Set<number>;
  readonly requests: ModelRequest[] = [];

  constructor(now: number, flow: ModelFlow | null, owners: readonly number[], dbas: readonly number[]) {
    this.now = now;
    this.flow = flow;
    this.owners = new Set(owners);
    this.dbas = new Set(dbas);
  }

  ask(by: number, minutes: number, startsAt: number | null): string {
    const request: ModelRequest = {
      ...{ by, kind: 'access', amends: null, state: 'pending', steps: [], minutes, startsAt, grant: null },
    };
    const refusal = this.begin(request);
    if (refusal === null) this.requests.push(request);
    return refusal ?? 'done';
  }

  extend(by: number, of: ModelRequest, minutes: number): string {
    if (of.grant === null || of.by !== by) return 'object.not_found';
    if (!this.isLive(of.grant)) return 'grant.not_active';
    if (this.requests.some((one) => one.amends === of && one.state === 'pending')) {
      return 'access_request.grant_not_extendable';
    }
    const request: ModelRequest = {
      ...{ by, kind: 'extend', amends: of, state: 'pending', steps: [], minutes, startsAt: null, grant: null },
    };
    const refusal = this.begin(request);
    if (refusal === null) this.requests.push(request);
    return refusal ?? 'done';
  }

  decide(
    by: number,
    request: ModelRequest,
    decision: 'approve' | 'reject',
    given: { isStale: boolean; minutes: number | null },
  ): string {
    if (by === request.by) return 'access_request.own_decision';
    if (request.state !== 'pending') return 'access_request.not_pending';
    const step = request.steps.find((one) => one.state === 'open');
    if (step === undefined || !this.holders(step.role).has(by)) return 'auth.forbidden';
    const hasDecided = request.steps.some((one) => one.approvedBy.has(by));
    if (hasDecided || (step.dueAt !== null && step.dueAt <= this.now)) return 'access_request.decided_already';
    if (given.isStale) return 'access_request.changed';
    if (decision === 'reject') {
      this.settle(request, 'rejected');
      return 'done';
    }
    const isMore = given.minutes !== null && given.minutes > request.minutes;
    if (isMore) return 'access_request.not_narrower';
    const isLast = step.approvedBy.size + 1 >= step.quorum && request.steps.at(-1) === step;
    if (isLast && request.amends !== null && !this.isLive(request.amends.grant)) return 'grant.not_active';
    request.minutes = given.minutes ?? request.minutes;
    step.approvedBy.add(by);
    if (step.approvedBy.size < step.quorum) return 'done';
    step.state = 'satisfied';
    const next = request.steps[request.steps.indexOf(step) + 1];
    if (next === undefined) this.giveGrant(request);
    else this.openStep(next);
    return 'done';
  }

  askChanges(by: number, request: ModelRequest): string {
    const probe = {
      ...request,
      steps: request.steps.map((step) => ({ ...step, approvedBy: new Set(step.approvedBy) })),
    };
    const outcome = this.decide(by, probe, 'reject', { isStale: false, minutes: null });
    if (outcome !== 'done') return outcome;
    if (request.kind === 'extend') return 'access_request.grant_not_extendable';
    request.state = 'changes_wanted';
    for (const step of request.steps) voidOpen(step);
    return 'done';
  }

  edit(by: number, request: ModelRequest, minutes: number): string {
    if (by !== request.by) return 'object.not_found';
    if (request.state !== 'pending' && request.state !== 'changes_wanted') return 'access_request.not_pending';
    if (request.kind === 'extend') return 'access_request.grant_not_extendable';
    const next = { ...request, minutes, steps: [], state: 'pending' as const };
    const refusal = this.begin(next);
    if (refusal !== null) return refusal;
    Object.assign(request, next);
    return 'done';
  }

  withdraw(by: number, request: ModelRequest): string {
    if (by !== request.by) return 'object.not_found';
    if (request.state !== 'pending' && request.state !== 'changes_wanted') return 'access_request.not_pending';
    this.settle(request, 'withdrawn');
    return 'done';
  }

  /** Time passes, and whatever ends by time ends. */
  pass(minutes: number): void {
    this.now += minutes * minute;
    for (const request of this.requests) {
      const isUndecided = request.state === 'pending' || request.state === 'changes_wanted';
      const hasLapsed = request.steps.some(
        (step) => step.state === 'open' && step.dueAt !== null && step.dueAt <= this.now,
      );
      const isLate = hasLapsed && request.state === 'pending';
      const hasNothing = request.amends !== null && !this.isLive(request.amends.grant);
      if (isUndecided && (isLate || hasNothing)) this.settle(request, 'expired');
    }
  }

  isLive(grant: ModelGrant | null): boolean {
    return grant !== null && !grant.isRevoked && this.now < grant.end;
  }

  /** Whether the person may read now: half-open, from the start to before the end. */
  reads(person: number): boolean {
    return this.requests.some(
      ({ by, grant }) => by === person && grant !== null && this.isLive(grant) && grant.start <= this.now,
    );
  }

  /** Opens the steps, or approves at once; answers why it cannot be sent. */
  begin(request: ModelRequest): string | null {
    if (this.flow === null) {
      this.giveGrant(request);
      return null;
    }
    const taken = new Set<number>([request.by]);
    for (const step of this.flow.steps.toReversed()) {
      const free = [...this.holders(step.role)].filter((person) => !taken.has(person));
      if (free.length < step.quorum) return 'access_request.no_approver';
      for (const person of free.slice(0, step.quorum)) taken.add(person);
    }
    request.steps = this.flow.steps.map((step) => ({ ...step, state: 'waiting', approvedBy: new Set(), dueAt: null }));
    const [first] = request.steps;
    if (first !== undefined) this.openStep(first);
    return null;
  }

  openStep(step: ModelStep): void {
    step.state = 'open';
    step.dueAt = step.minutes === null ? null : this.now + step.minutes * minute;
  }

  giveGrant(request: ModelRequest): void {
    request.state = 'approved';
    const extended = request.amends?.grant;
    if (extended !== undefined && extended !== null) {
      extended.end += request.minutes * minute;
      return;
    }
    const start = Math.max(this.now, request.startsAt ?? this.now);
    request.grant = { start, end: start + request.minutes * minute, isRevoked: false };
  }

  settle(request: ModelRequest, state: ModelRequest['state']): void {
    request.state = state;
    for (const step of request.steps) voidOpen(step);
  }

  holders(role: ModelRole): ReadonlySet<number> {
    return role === 'owner' ? this.owners : this.dbas;
  }
}

function voidOpen(step: ModelStep): void {
  if (step.state === 'open' || step.state === 'waiting') step.state = 'void';
}
