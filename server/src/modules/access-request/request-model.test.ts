import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askedNext, beginnings, type Move, meetings, moves } from './test-request-commands.ts';
import { brokenInvariants } from './test-request-invariants.ts';
import { type ModelFlow, RequestModel } from './test-request-model.ts';
import { dev, dora, eve, Ground, names, olga, otto, Reality, tables } from './test-request-reality.ts';

/** Interleavings of up to `longestRun` moves each; more with TIDEGATE_MODEL_RUNS. */
const runs = Number(process.env['TIDEGATE_MODEL_RUNS'] ?? 2_000);
const longestRun = 10;

/** Its place among the flows. */
const autoApprove = 3;
const owner = { role: 'owner', quorum: 1, minutes: null } as const;
const flows: readonly (ModelFlow | null)[] = [
  { steps: [owner] },
  { steps: [{ ...owner, quorum: 2 }] },
  {
    steps: [
      { ...owner, minutes: 60 },
      { ...owner, role: 'dba' },
    ],
  },
  null,
  {
    steps: [
      { ...owner, minutes: 60, handsOver: true },
      { ...owner, role: 'dba' },
    ],
  },
  { steps: [{ ...owner, role: 'board', quorum: 2 }] },
  { steps: [{ ...owner, role: 'board' }, owner] },
];

let ground: Ground;
beforeAll(async () => {
  ground = await Ground.open(flows);
});
afterAll(() => ground.world.close());

function flowChange(index: number): Move {
  return {
    ...{
      name: 'the flow changes',
      words: `flow ${index} stands in the matrix`,
      canMeet: false,
      hasConsequences: false,
      check: () => true,
    },
    prepare: async () => ({
      predict: (model) => {
        model.flow = flows[index] ?? null;
        return 'done';
      },
      run: async () => {
        await ground.setFlow(index);
        return 'done';
      },
    }),
  };
}

/** What happened, and what was answered, how often: a model that only ever refuses proves nothing. */
const seen = new Map<string, number>();
const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);

/** Where the world is not as the model says; null when it is. */
async function difference(model: RequestModel, reality: Reality): Promise<string | null> {
  const { db, grants } = ground.world;
  for (const person of [dev, eve]) {
    const access = await grants.grants.ledger.accessOn(db, reality.who(person).personId, reality.databaseId);
    for (const table of tables) {
      const may = access.can('read', 'public', table);
      if (may !== model.reads(person, table)) return `${names[person]} ${may ? 'reads' : 'does not read'} ${table}`;
    }
  }
  const rows = await db
    .selectFrom('access_request')
    .where('project_id', '=', reality.projectId)
    .select(['id', 'state'])
    .execute();
  const states = new Map(rows.map((row) => [row.id, row.state]));
  const wrong = model.requests.findIndex(({ state }, index) => states.get(reality.requestIds[index] ?? '') !== state);
  if (wrong >= 0) return `request ${wrong} is ${states.get(reality.requestIds[wrong] ?? '')}`;
  return null;
}

/** Does it on both sides: they must answer the same, and the world must be as the model says. */
class Alone implements fc.AsyncCommand<Side, Reality> {
  readonly #move: Move;
  constructor(one: Move) {
    this.#move = one;
  }
  check = ({ model }: Side): boolean => this.#move.check(model);
  async run(side: Side, reality: Reality): Promise<void> {
    const { predict, run } = await this.#move.prepare(reality, side.model);
    const real = await run();
    if (this.#move.hasConsequences) await reality.afterTime();
    count(this.#move.name);
    count(real);
    expect(real, this.#move.words).toBe(predict(side.model));
    if (this.#move.hasConsequences) side.model.pass(0);
    expect(await difference(side.model, reality), this.#move.words).toBeNull();
  }
  toString = (): string => this.#move.words;
}

/** Two at the same moment, over connections of their own: it must have come out as if one had been the first. */
class Together implements fc.AsyncCommand<Side, Reality> {
  readonly #moves: readonly [Move, Move];
  constructor(...both: [Move, Move]) {
    this.#moves = both;
  }
  check = ({ model }: Side): boolean =>
    this.#moves.every((one) => one.check(model)) && !this.#moves.every(({ name }) => name === 'rights change');
  async run(side: Side, reality: Reality): Promise<void> {
    const [a, b] = [
      await this.#moves[0].prepare(reality, side.model),
      await this.#moves[1].prepare(reality, side.model),
    ];
    const real = await Promise.all([a.run(), b.run()]);
    await reality.afterTime();
    for (const { name } of this.#moves) count(`${name} beside another`);
    const faults: string[] = [];
    for (const isAFirst of [true, false]) {
      const model = side.model.copy();
      const first = (isAFirst ? a : b).predict(model);
      const second = (isAFirst ? b : a).predict(model);
      model.pass(0);
      const predicted = isAFirst ? [first, second] : [second, first];
      const fault =
        `${predicted}` === `${real}` ? await difference(model, reality) : `answered ${real}, not ${predicted}`;
      if (fault === null) {
        side.model = model;
        return;
      }
      faults.push(fault);
    }
    expect.fail(`${this.toString()}: neither order explains it: ${faults.join('; ')}`);
  }
  toString = (): string => `${this.#moves[0].words} ‖ ${this.#moves[1].words}`;
}

interface Side {
  model: RequestModel;
}

const alone = fc.oneof(...moves, fc.nat(flows.length - 1).map(flowChange)).map((one) => new Alone(one));
const together = fc.tuple(meetings, meetings).map(([a, b]) => new Together(a, b));

describe('requests and grants, by several people, under a clock that the test moves', () => {
  it('do what the model says, and never what must not be', { timeout: 1_200_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 0, 1, 1, 2, 4, 5, 6),
        fc.nat(beginnings.length - 1),
        fc.nat(askedNext.length - 1),
        fc.commands([alone, alone, alone, together], { maxCommands: longestRun, size: 'max' }),
        async (flow, beginning, next, plan) => {
          const holders = { owner: new Set([eve, olga, otto]), dba: new Set([dora]), board: new Set([otto, dora]) };
          const side = { model: new RequestModel({ now: Date.parse('2026-11-25T09:00:00Z'), flow: null, holders }) };
          const real = new Reality(ground);
          await real.open(side.model.now, autoApprove, holders);
          try {
            const before = [...(beginnings[beginning] ?? []), flowChange(flow), ...(askedNext[next] ?? [])];
            for (const one of before.map((each) => new Alone(each))) {
              if (one.check(side)) await one.run(side, real);
            }
            await fc.asyncModelRun(() => ({ model: side, real }), plan);
            expect(await brokenInvariants(ground.world.db, real.projectId), `${plan}`).toEqual([]);
          } finally {
            await real.close();
          }
        },
      ),
      { numRuns: runs, endOnFailure: true, seed: 20_261_126 },
    );
    console.log(`${runs} interleavings: ${[...seen].map(([what, times]) => `${what} ${times}`).join(', ')}`);
    const happened = [...seen.keys()];
    expect(happened).toEqual(
      expect.arrayContaining([
        ...['asks', 'approves', 'rejects', 'asks for changes', 'changes', 'withdraws', 'extends', 'adds', 'revoked'],
        ...['given_back', 'rights change', 'opens by emergency', 'reviews', 'time passes', 'the flow changes'],
        ...['approves', 'rejects', 'changes', 'withdraws', 'revoked', 'rights change'].map(
          (one) => `${one} beside another`,
        ),
        ...['done', 'nothing', 'auth.forbidden', 'object.not_found', 'grant.not_active'],
        ...['own_decision', 'not_pending', 'decided_already', 'changed', 'not_narrower', 'no_approver'].map(
          (code) => `access_request.${code}`,
        ),
        ...['review_open', 'not_ended'].map((code) => `emergency.${code}`),
      ]),
    );
    expect(seen.get('done')).toBeGreaterThan(runs * 3);
  });
});
