/**
 * What the rules of requests and grants say, written a second time and as plainly as possible: no store, no locks, no
 * hashes but a number. The test runs both beside each other.
 */
export type ModelRole = 'owner' | 'dba' | 'board';

export interface ModelFlow {
  readonly steps: readonly {
    readonly role: ModelRole;
    readonly quorum: number;
    readonly minutes: number | null;
    /** When its time has passed the next step decides, instead of nobody. */
    readonly handsOver?: boolean;
  }[];
}

interface ModelStep {
  readonly role: ModelRole;
  readonly quorum: number;
  readonly minutes: number | null;
  readonly handsOver?: boolean;
  state: 'waiting' | 'open' | 'satisfied' | 'passed over' | 'void';
  approvedBy: number[];
  dueAt: number | null;
}

export interface ModelGrant {
  start: number;
  end: number;
  isRevoked: boolean;
  tables: string[];
}

export interface ModelRequest {
  by: number;
  /** Who continues as that person, and gains as he does. */
  behind: number | null;
  kind: 'access' | 'extend' | 'add';
  /** The request whose grant it changes. */
  amends: number | null;
  state: 'pending' | 'changes_wanted' | 'approved' | 'rejected' | 'withdrawn' | 'expired';
  steps: ModelStep[];
  minutes: number;
  startsAt: number | null;
  asked: string[];
  tables: string[];
  /** Of its content: whoever was shown another one has not seen this. */
  version: number;
  grant: ModelGrant | null;
}

export interface ModelEmergency {
  by: number;
  grant: ModelGrant;
  isReviewed: boolean;
}

export interface Cut {
  readonly minutes?: number;
  readonly tables?: readonly string[];
}

const minute = 60_000;

export class RequestModel {
  now: number;
  /** Null: auto-approve. */
  flow: ModelFlow | null;
  readonly holders: Readonly<Record<ModelRole, Set<number>>>;
  readonly requests: ModelRequest[];
  readonly emergencies: ModelEmergency[];

  constructor(state: Pick<RequestModel, 'now' | 'flow' | 'holders'> & Partial<RequestModel>) {
    this.now = state.now;
    this.flow = state.flow;
    this.holders = state.holders;
    this.requests = state.requests ?? [];
    this.emergencies = state.emergencies ?? [];
  }

  copy(): RequestModel {
    return new RequestModel(structuredClone({ ...this }));
  }

  ask(by: number, wish: Pick<ModelRequest, 'behind' | 'minutes' | 'startsAt'> & { tables: readonly string[] }): string {
    return this.#send({ ...blank(by), ...wish, asked: [...wish.tables], tables: [...wish.tables] });
  }

  extend(by: number, index: number, minutes: number): string {
    const fault = this.#amendFault(by, index, 'extend');
    const tables = [...(this.request(index).grant?.tables ?? [])];
    return fault ?? this.#send({ ...blank(by), kind: 'extend', amends: index, minutes, asked: tables, tables });
  }

  add(by: number, index: number, tables: readonly string[]): string {
    const fault = this.#amendFault(by, index, 'add');
    return fault ?? this.#send({ ...blank(by), kind: 'add', amends: index, asked: [...tables], tables: [...tables] });
  }

  decide(
    by: number,
    index: number,
    decision: 'approve' | 'reject',
    given: { readonly version: number; readonly cut: Cut | null },
  ): string {
    const request = this.request(index);
    const found = this.#decidable(by, request, given.version);
    if (typeof found === 'string') return found;
    if (decision === 'reject') return settle(request, 'rejected');
    const cut = given.cut ?? {};
    if (cutFault(request, cut)) return 'access_request.not_narrower';
    const isLast = found.approvedBy.length + 1 >= found.quorum && request.steps.at(-1) === found;
    if (isLast && request.amends !== null && !this.isLive(this.request(request.amends).grant)) {
      return 'grant.not_active';
    }
    narrow(request, cut);
    found.approvedBy.push(by);
    if (found.approvedBy.length < found.quorum) return 'done';
    found.state = 'satisfied';
    const next = request.steps[request.steps.indexOf(found) + 1];
    if (next === undefined) this.#giveGrant(request);
    else this.#openStep(next);
    return 'done';
  }

  askChanges(by: number, index: number, version: number): string {
    const request = this.request(index);
    const found = this.#decidable(by, request, version);
    if (typeof found === 'string') return found;
    if (request.kind !== 'access') return 'access_request.grant_not_extendable';
    return settle(request, 'changes_wanted');
  }

  edit(by: number, index: number, minutes: number, version: number): string {
    const request = this.request(index);
    if (by !== request.by) return 'object.not_found';
    if (isSettled(request)) return 'access_request.not_pending';
    if (request.kind !== 'access') return 'access_request.grant_not_extendable';
    if (request.version !== version) return 'access_request.changed';
    const next = { ...request, minutes, tables: [...request.asked], state: 'pending' as const };
    const refusal = this.#begin(next);
    if (refusal !== null) return refusal;
    Object.assign(request, next, { version: version + 1 });
    return 'done';
  }

  withdraw(by: number, index: number): string {
    const request = this.request(index);
    if (by !== request.by) return 'object.not_found';
    return isSettled(request) ? 'access_request.not_pending' : settle(request, 'withdrawn');
  }

  /** By whoever may, or given back by the holder: what was added goes too. */
  end(index: number): string {
    const { grant } = this.request(index);
    if (grant === null) return 'nothing';
    if (!this.isLive(grant)) return 'grant.not_active';
    grant.isRevoked = true;
    return 'done';
  }

  openEmergency(by: number, minutes: number): string {
    if (this.emergencies.some((one) => one.by === by && !one.isReviewed)) return 'emergency.review_open';
    if (![...this.holders.owner].some((person) => person !== by)) return 'emergency.no_reviewer';
    const grant = { start: this.now, end: this.now + minutes * minute, isRevoked: false, tables: ['salary', 'title'] };
    this.emergencies.push({ by, grant, isReviewed: false });
    return 'done';
  }

  review(by: number, index: number): string {
    const emergency = this.emergencies[index];
    if (emergency === undefined) throw new Error('no emergency');
    if (by === emergency.by) return 'access_request.own_decision';
    if (!this.holders.owner.has(by)) return 'auth.forbidden';
    if (emergency.isReviewed) return 'emergency.already_closed';
    if (this.isLive(emergency.grant)) return 'emergency.not_ended';
    emergency.isReviewed = true;
    return 'done';
  }

  /** Time passes, and whatever ends by time ends. */
  pass(minutes: number): void {
    this.now += minutes * minute;
    for (const request of this.requests) {
      if (isSettled(request)) continue;
      if (request.amends !== null && !this.isLive(this.request(request.amends).grant)) settle(request, 'expired');
      if (request.state !== 'pending') continue;
      const late = request.steps.find(({ state, dueAt }) => state === 'open' && dueAt !== null && dueAt <= this.now);
      if (late === undefined) continue;
      const next = request.steps[request.steps.indexOf(late) + 1];
      if (late.handsOver !== true || next === undefined) settle(request, 'expired');
      else {
        late.state = 'passed over';
        this.#openStep(next);
      }
    }
  }

  request(index: number): ModelRequest {
    const request = this.requests[index];
    if (request === undefined) throw new Error('no request');
    return request;
  }

  isLive(grant: ModelGrant | null): boolean {
    return grant !== null && !grant.isRevoked && this.now < grant.end;
  }

  /** Whether the person may read now: half-open, from the start to before the end. */
  reads(person: number, table: string): boolean {
    return [...this.requests, ...this.emergencies].some(
      ({ by, grant }) =>
        by === person && grant?.tables.includes(table) === true && this.isLive(grant) && grant.start <= this.now,
    );
  }

  #amendFault(by: number, index: number, kind: 'extend' | 'add'): string | null {
    const of = this.request(index);
    if (of.grant === null || of.by !== by) return 'object.not_found';
    if (!this.isLive(of.grant)) return 'grant.not_active';
    const isAsked = this.requests.some((one) => one.kind === kind && one.amends === index && one.state === 'pending');
    return isAsked ? 'access_request.grant_not_extendable' : null;
  }

  #send(request: ModelRequest): string {
    const refusal = this.#begin(request);
    if (refusal === null) this.requests.push(request);
    return refusal ?? 'done';
  }

  /** Opens the steps, or approves at once; answers why it cannot be sent. */
  #begin(request: ModelRequest): string | null {
    if (this.flow === null) {
      request.steps = [];
      this.#giveGrant(request);
      return null;
    }
    const seats = this.flow.steps.flatMap(({ role, quorum }) => Array.from({ length: quorum }, () => role));
    if (!this.#canSeat(seats, new Set([request.by, request.behind ?? request.by]))) return 'access_request.no_approver';
    request.steps = this.flow.steps.map((step) => ({ ...step, state: 'waiting', approvedBy: [], dueAt: null }));
    const [first] = request.steps;
    if (first !== undefined) this.#openStep(first);
    return null;
  }

  /** Whether each seat can have somebody of its own. */
  #canSeat([role, ...others]: readonly ModelRole[], taken: ReadonlySet<number>): boolean {
    if (role === undefined) return true;
    return [...this.holders[role]].some(
      (person) => !taken.has(person) && this.#canSeat(others, new Set([...taken, person])),
    );
  }

  #decidable(by: number, request: ModelRequest, version: number): ModelStep | string {
    if (by === request.by || by === request.behind) return 'access_request.own_decision';
    if (request.state !== 'pending') return 'access_request.not_pending';
    const step = request.steps.find((one) => one.state === 'open');
    if (step === undefined || !this.holders[step.role].has(by)) return 'auth.forbidden';
    const hasDecided = request.steps.some((one) => one.approvedBy.includes(by));
    if (hasDecided || (step.dueAt !== null && step.dueAt <= this.now)) return 'access_request.decided_already';
    return request.version === version ? step : 'access_request.changed';
  }

  #openStep(step: ModelStep): void {
    step.state = 'open';
    step.dueAt = step.minutes === null ? null : this.now + step.minutes * minute;
  }

  #giveGrant(request: ModelRequest): void {
    request.state = 'approved';
    const amended = request.amends === null ? null : this.request(request.amends).grant;
    if (amended === null) {
      const start = Math.max(this.now, request.startsAt ?? this.now);
      const end = start + request.minutes * minute;
      request.grant = { start, end, isRevoked: false, tables: [...request.tables] };
    } else if (request.kind === 'extend') amended.end += request.minutes * minute;
    else amended.tables = [...new Set([...amended.tables, ...request.tables])];
  }
}

function blank(by: number): ModelRequest {
  return {
    ...{ by, behind: null, kind: 'access', amends: null, state: 'pending', steps: [], minutes: 0, startsAt: null },
    ...{ asked: [], tables: [], version: 1, grant: null },
  };
}

function isSettled({ state }: ModelRequest): boolean {
  return state !== 'pending' && state !== 'changes_wanted';
}

/** An extension gives the same for longer, an addition more for the same time: of each only what it gives can be cut. */
function cutFault({ kind, minutes, tables }: ModelRequest, cut: Cut): boolean {
  if (kind === 'extend' && cut.tables !== undefined) return true;
  if (kind === 'add' && cut.minutes !== undefined) return true;
  return (cut.minutes ?? minutes) > minutes || (cut.tables ?? []).some((table) => !tables.includes(table));
}

function narrow(request: ModelRequest, cut: Cut): void {
  const isLess =
    (cut.minutes !== undefined && cut.minutes !== request.minutes) ||
    (cut.tables !== undefined && cut.tables.length !== request.tables.length);
  request.minutes = cut.minutes ?? request.minutes;
  request.tables = [...(cut.tables ?? request.tables)];
  if (isLess) request.version += 1;
}

function settle(request: ModelRequest, state: ModelRequest['state']): string {
  request.state = state;
  for (const step of request.steps) if (step.state === 'open' || step.state === 'waiting') step.state = 'void';
  return 'done';
}
