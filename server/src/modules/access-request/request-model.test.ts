import type { FlowStep, Scope } from '@tidegate/contract';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from './request-parts.ts';
import { caller, outcomeOf, RequestWorld } from './request-test-kit.ts';
import { brokenInvariants } from './test-request-invariants.ts';
import { type ModelFlow, type ModelRequest, RequestModel } from './test-request-model.ts';

/** Runs of up to 40 commands each; more with TIDEGATE_MODEL_RUNS. */
const runs = Number(process.env['TIDEGATE_MODEL_RUNS'] ?? 120);
const longestRun = 40;

/** `eve` asks and owns: the one who must never decide for herself. */
const names = ['dev', 'eve', 'olga', 'otto', 'dora'] as const;
const [dev, eve, olga, otto, dora] = [0, 1, 2, 3, 4] as const;

const flows: readonly (ModelFlow | null)[] = [
  { steps: [{ role: 'owner', quorum: 1, minutes: null }] },
  { steps: [{ role: 'owner', quorum: 2, minutes: null }] },
  {
    steps: [
      { role: 'owner', quorum: 1, minutes: 60 },
      { role: 'dba', quorum: 1, minutes: null },
    ],
  },
  null,
];

let world: RequestWorld;
const flowIds: string[] = [];

beforeAll(async () => {
  world = await RequestWorld.open();
  for (const flow of flows) {
    const role = { owner: 'project_owner', dba: 'workspace_dba' };
    const steps = flow?.steps.map(
      (step): FlowStep => ({
        ...{ deciders: [{ kind: 'role', role: role[step.role] }], quorum: step.quorum, minutes: step.minutes },
        afterwards: { kind: 'expire' },
      }),
    );
    flowIds.push(await world.flow(steps === undefined ? { kind: 'auto_approve' } : { kind: 'steps', steps }));
  }
});
afterAll(() => world.close());

/** The real thing of one run: a project, a database and people of its own. */
class Reality {
  readonly people: Caller[] = [];
  readonly memberships = new Map<number, string>();
  readonly requestIds = new Map<ModelRequest, string>();
  projectId = '';
  databaseId = '';

  async open(model: RequestModel, flow: number): Promise<void> {
    await world.grants.freeze(new Date(model.now));
    await this.setFlow(flow);
    this.projectId = await world.grants.project('Model');
    this.databaseId = await world.database(this.projectId);
    for (const name of names) {
      const roles = name === 'dora' ? (['workspace_dba'] as const) : [];
      this.people.push(caller(await world.grants.person(name, roles), name));
    }
    for (const person of [dev, eve]) {
      await world.grants.member(this.projectId, this.who(person).personId, 'project_developer');
    }
    for (const person of [eve, olga, otto]) await this.giveRole(person);
  }

  async close(): Promise<void> {
    await world.db.deleteFrom('workspace_role').where('person_id', '=', this.who(dora).personId).execute();
  }

  who(person: number): Caller {
    const found = this.people[person];
    if (found === undefined) throw new Error('nobody');
    return found;
  }

  async setFlow(index: number): Promise<void> {
    await sql`update tidegate.approval_cell set flow_id = ${flowIds[index]} where source = 'read'`.execute(world.db);
  }

  async giveRole(person: number): Promise<void> {
    const { personId } = this.who(person);
    this.memberships.set(person, await world.grants.member(this.projectId, personId, 'project_owner'));
  }

  async loseRole(person: number): Promise<void> {
    await world.loseRole(this.who(person).personId, this.memberships.get(person) ?? '');
    this.memberships.delete(person);
  }

  async shown(request: ModelRequest) {
    return await world.get(this.requestIds.get(request) ?? '');
  }

  get scope(): Scope {
    return { kind: 'items', items: [{ databaseId: this.databaseId, schema: 'public', table: 'salary' }] };
  }
}

type Command = fc.AsyncCommand<RequestModel, Reality>;

/** What was answered, and how often: a model that only ever refuses proves nothing. */
const answers = new Map<string, number>();
function note(answer: string): void {
  answers.set(answer, (answers.get(answer) ?? 0) + 1);
}

/** Runs it on both sides: they must answer the same, and the world must be as the model says. */
function command(
  words: string,
  predict: (model: RequestModel) => string,
  run: (reality: Reality, model: RequestModel) => Promise<string>,
  check: (model: RequestModel) => boolean = () => true,
): Command {
  return {
    check: (model) => check(model),
    run: async (model, reality) => {
      // The real side first reads what is shown, which the model's own change would hide.
      const real = await run(reality, model);
      note(real);
      expect(real, words).toBe(predict(model));
      await compare(model, reality, words);
    },
    toString: () => words,
  };
}

async function compare(model: RequestModel, reality: Reality, words: string): Promise<void> {
  const { ledger } = world.grants.grants;
  for (const person of [dev, eve]) {
    const { personId } = reality.who(person);
    const access = await ledger.accessOn(world.db, personId, reality.databaseId);
    expect(access.can('read', 'public', 'salary'), `${words}: ${names[person]} reads`).toBe(model.reads(person));
  }
  const query = world.db.selectFrom('access_request').where('project_id', '=', reality.projectId);
  const states = new Map((await query.select(['id', 'state']).execute()).map((row) => [row.id, row.state]));
  for (const [request, id] of reality.requestIds) expect(states.get(id), `${words}: state`).toBe(request.state);
  expect(await brokenInvariants(world.db, reality.projectId), words).toEqual([]);
}

const at = (model: RequestModel, index: number): ModelRequest | undefined =>
  model.requests[index % Math.max(1, model.requests.length)];
const hasRequests = (model: RequestModel): boolean => model.requests.length > 0;
const get = (model: RequestModel, index: number): ModelRequest => {
  const request = at(model, index);
  if (request === undefined) throw new Error('no request');
  return request;
};

/** Keeps the id of what was asked, so that later commands find it. */
async function asked(reality: Reality, model: RequestModel, work: Promise<{ id: string }>): Promise<string> {
  return await outcomeOf(
    work.then(({ id }) => {
      // The model makes its request next, at this place.
      pendingIds.set(reality, { id, place: model.requests.length });
    }),
  );
}
const pendingIds = new Map<Reality, { id: string; place: number }>();
function settleAsked(reality: Reality, model: RequestModel): void {
  const pending = pendingIds.get(reality);
  const request = pending === undefined ? undefined : model.requests[pending.place];
  if (pending !== undefined && request !== undefined) reality.requestIds.set(request, pending.id);
  pendingIds.delete(reality);
}

const asking = (
  words: string,
  predict: (m: RequestModel) => string,
  run: (r: Reality, m: RequestModel) => Promise<{ id: string }>,
  check = (_m: RequestModel) => true,
): Command => ({
  check: (model) => check(model),
  run: async (model, reality) => {
    const real = await asked(reality, model, run(reality, model));
    note(real);
    expect(real, words).toBe(predict(model));
    settleAsked(reality, model);
    await compare(model, reality, words);
  },
  toString: () => words,
});

const person = fc.constantFrom(dev, eve, olga, otto, dora);
const requester = fc.constantFrom(dev, eve);
const place = fc.nat(9);
/** A screen that is stale is the exception. */
const freshness = fc.constantFrom(true, true, true, true, false);

const kinds: readonly fc.Arbitrary<Command>[] = [
  fc.tuple(requester, fc.constantFrom(30, 120), fc.constantFrom(null, null, 45)).map(([by, minutes, later]) =>
    asking(
      `${names[by]} asks for ${minutes} min${later === null ? '' : ' later'}`,
      (model) => model.ask(by, minutes, later === null ? null : model.now + later * 60_000),
      (reality, model) =>
        world.ask({
          ...{ by: reality.who(by), projectId: reality.projectId, scope: reality.scope },
          expiry: { kind: 'after', minutes },
          startsAt: later === null ? null : new Date(model.now + later * 60_000),
        }),
    ),
  ),
  fc
    .tuple(
      person,
      place,
      fc.constantFrom('approve', 'approve', 'approve', 'reject'),
      freshness,
      fc.constantFrom(null, null, null, 20, 400),
    )
    .map(([by, index, decision, isFresh, minutes]) =>
      command(
        `${names[by]} ${decision}s ${index}${isFresh ? '' : ' as it was'}${minutes === null ? '' : ` for ${minutes} min`}`,
        (model) =>
          model.decide(by, get(model, index), decision, {
            isStale: !isFresh,
            minutes: decision === 'approve' ? minutes : null,
          }),
        async (reality, model) => {
          const request = await reality.shown(get(model, index));
          const shown = { id: request.id, contentHash: isFresh ? request.contentHash : 'what stood there before' };
          const narrow = decision === 'approve' && minutes !== null ? { minutes } : null;
          return await outcomeOf(world.decide(reality.who(by), shown, decision, narrow));
        },
        hasRequests,
      ),
    ),
  fc.tuple(person, place).map(([by, index]) =>
    command(
      `${names[by]} asks for changes of ${index}`,
      (model) => model.askChanges(by, get(model, index)),
      async (reality, model) => {
        const { id, contentHash } = await reality.shown(get(model, index));
        return await outcomeOf(world.requests.deciding.askChanges(reality.who(by), id, 'Less.', contentHash));
      },
      hasRequests,
    ),
  ),
  fc.tuple(requester, place, fc.constantFrom(15, 90)).map(([by, index, minutes]) =>
    command(
      `${names[by]} changes ${index} to ${minutes} min`,
      (model) => model.edit(by, get(model, index), minutes),
      async (reality, model) => {
        const request = await reality.shown(get(model, index));
        const wish = { ...request, expiry: { kind: 'after' as const, minutes } };
        return await outcomeOf(world.requests.asking.edit(reality.who(by), request.id, wish, request.contentHash));
      },
      hasRequests,
    ),
  ),
  fc.tuple(requester, place).map(([by, index]) =>
    command(
      `${names[by]} withdraws ${index}`,
      (model) => model.withdraw(by, get(model, index)),
      async (reality, model) =>
        await outcomeOf(world.requests.talk.withdraw(reality.who(by), (await reality.shown(get(model, index))).id)),
      hasRequests,
    ),
  ),
  fc.tuple(requester, place, fc.constantFrom(15, 60)).map(([by, index, minutes]) =>
    asking(
      `${names[by]} extends ${index} by ${minutes} min`,
      (model) => model.extend(by, get(model, index), minutes),
      async (reality, model) => {
        const { id, kind } = await reality.shown(get(model, index));
        const grant = (await world.requests.store.grantsOf([id])).get(id);
        const grantId = kind === 'access' ? (grant?.grantId ?? id) : id;
        return await world.requests.asking.extend(reality.who(by), grantId, { minutes, reason: '', ticket: null });
      },
      (model) => hasRequests(model),
    ),
  ),
  place.map((index) =>
    command(
      `the grant of ${index} is revoked`,
      (model) => {
        const { grant } = get(model, index);
        if (grant !== null) grant.isRevoked = true;
        model.pass(0);
        return 'done';
      },
      async (reality, model) => {
        const request = get(model, index);
        const { id } = await reality.shown(request);
        const grant = (await world.trace(id)).grants[0];
        if (grant !== undefined) await world.grants.end(grant.id, [reality.who(request.by).personId]);
        await world.grants.settle();
        await world.requests.upkeep.expireOverdue();
        return 'done';
      },
      hasRequests,
    ),
  ),
  fc.tuple(fc.constantFrom(eve, olga, otto), fc.boolean()).map(([who, gets]) =>
    command(
      `${names[who]} ${gets ? 'becomes an owner' : 'is an owner no more'}`,
      (model) => {
        if (gets) model.owners.add(who);
        else model.owners.delete(who);
        return 'done';
      },
      async (reality) => {
        if (gets) await reality.giveRole(who);
        else await reality.loseRole(who);
        return 'done';
      },
      (model) => model.owners.has(who) !== gets,
    ),
  ),
  fc.constantFrom(1, 29, 30, 31, 60, 120).map((minutes) =>
    command(
      `${minutes} min pass`,
      (model) => {
        model.pass(minutes);
        return 'done';
      },
      async (_reality, model) => {
        await world.grants.freeze(new Date(model.now + minutes * 60_000));
        await world.grants.grants.expiry.runOnce();
        await world.grants.settle();
        await world.requests.upkeep.expireOverdue();
        return 'done';
      },
    ),
  ),
  fc.nat(flows.length - 1).map((index) =>
    command(
      `flow ${index} stands in the matrix`,
      (model) => {
        model.flow = flows[index] ?? null;
        return 'done';
      },
      async (reality) => {
        await reality.setFlow(index);
        return 'done';
      },
    ),
  ),
];

/** Asking, deciding and time are what most of it is about. */
const [asks, decides] = kinds;
const commands = [...kinds, asks, decides, decides, decides, decides].filter((kind) => kind !== undefined);

const startFlow = fc.constantFrom(0, 1, 1, 2);

describe('requests and grants, by several people, under a clock that the test moves', () => {
  it('do what the model says, and never what must not be', async () => {
    await fc.assert(
      fc.asyncProperty(
        startFlow,
        fc.commands(commands, { maxCommands: longestRun, size: 'max' }),
        async (start, plan) => {
          const flow = flows[start] ?? null;
          const model = new RequestModel(Date.parse('2026-11-25T09:00:00Z'), flow, [eve, olga, otto], [dora]);
          const real = new Reality();
          await real.open(model, start);
          await fc.asyncModelRun(() => ({ model, real }), plan).finally(() => real.close());
        },
      ),
      { numRuns: runs, endOnFailure: true, seed: 20_261_126 },
    );
    expect([...answers.keys()]).toEqual(
      expect.arrayContaining([
        ...['done', 'auth.forbidden', 'object.not_found', 'grant.not_active'],
        ...['own_decision', 'not_pending', 'decided_already', 'changed', 'not_narrower', 'no_approver'].map(
          (code) => `access_request.${code}`,
        ),
      ]),
    );
    expect(answers.get('done')).toBeGreaterThan(runs * 5);
  }, 900_000);
});
