import fc from 'fast-check';
import { outcomeOf } from './request-test-kit.ts';
import type { Cut, RequestModel } from './test-request-model.ts';
import { dev, dora, eve, names, olga, otto, type Reality } from './test-request-reality.ts';

/** One thing that somebody does, on both sides. */
export interface Move {
  readonly words: string;
  readonly name: string;
  check(model: RequestModel): boolean;
  /** Reads what the person is shown; then both can go on, alone or beside another move. */
  prepare(
    reality: Reality,
    model: RequestModel,
  ): Promise<{ predict(model: RequestModel): string; run(): Promise<string> }>;
  /** May happen at the same moment as another. */
  readonly canMeet: boolean;
  /** Something else ends because of it, as soon as the workers have looked. */
  readonly hasConsequences: boolean;
}

interface Given extends Partial<Omit<Move, 'name' | 'words' | 'prepare'>> {
  readonly prepare: Move['prepare'];
}
const move = (name: string, words: string, given: Given): Move => ({
  ...{ name, words, check: () => true, canMeet: true, hasConsequences: false },
  ...given,
});

const person = fc.constantFrom(dev, eve, olga, otto, dora);
const requester = fc.constantFrom(dev, eve);
const place = fc.nat(9);
const has = (model: RequestModel): boolean => model.requests.length > 0;
const at = (model: RequestModel, index: number): number => index % Math.max(1, model.requests.length);

/** Keeps the id of what came of it, for later moves. */
async function keeping(ids: string[], work: Promise<{ id: string } | string>): Promise<string> {
  return await outcomeOf(work.then((made) => ids.push(typeof made === 'string' ? made : made.id)));
}

interface Asking {
  readonly by: number;
  readonly minutes: number;
  readonly later: number | null;
  readonly tables: readonly string[];
  readonly behind: number | null;
}

function asking({ by, minutes, later, tables, behind }: Asking): Move {
  const words = `${who(by, behind)} asks for ${tables.join(' and ')}, ${minutes} min${later === null ? '' : ' later'}`;
  return move('asks', words, {
    canMeet: false,
    prepare: async (reality, model) => {
      const startsAt = later === null ? null : model.now + later * 60_000;
      const asker = { ...reality.who(by), adminPersonId: behind === null ? null : reality.who(behind).personId };
      return {
        predict: (on) => on.ask(by, { behind, minutes, startsAt, tables }),
        run: () =>
          keeping(
            reality.requestIds,
            reality.world.ask({
              ...{ by: asker, projectId: reality.projectId, scope: reality.scopeOf(tables) },
              expiry: { kind: 'after', minutes },
              startsAt: startsAt === null ? null : new Date(startsAt),
            }),
          ),
      };
    },
  });
}

const asks = fc
  .record({
    by: requester,
    minutes: fc.constantFrom(30, 120),
    later: fc.constantFrom(null, null, 45),
    tables: fc.constantFrom(['salary'], ['salary', 'title']),
    behind: fc.constantFrom(null, null, null, olga),
  })
  .map(asking);

const cuts: readonly (Cut | null)[] = [null, null, null, { minutes: 20 }, { minutes: 400 }, { tables: ['title'] }];
const decides = fc
  .tuple(
    person,
    place,
    fc.constantFrom('approve' as const, 'approve' as const, 'approve' as const, 'reject' as const),
    fc.constantFrom(true, true, true, true, false),
    fc.constantFrom(...cuts),
  )
  .map(([by, index, decision, isFresh, cut]) =>
    move(`${decision}s`, `${names[by]} ${decision}s ${index} ${cut === null ? '' : JSON.stringify(cut)}`, {
      check: has,
      prepare: async (reality, model) => {
        const which = at(model, index);
        const { version } = model.request(which);
        const request = await reality.shown(which);
        const shown = { id: request.id, contentHash: isFresh ? request.contentHash : 'what stood there before' };
        const given = decision === 'approve' ? cut : null;
        const { tables, ...rest } = given ?? {};
        const narrow = { ...rest, ...(tables !== undefined && { scope: reality.scopeOf(tables) }) };
        return {
          predict: (on) => on.decide(by, which, decision, { version: isFresh ? version : -1, cut: given }),
          run: () => outcomeOf(reality.world.decide(reality.who(by), shown, decision, given === null ? null : narrow)),
        };
      },
    }),
  );

const asksChanges = fc.tuple(person, place).map(([by, index]) =>
  move('asks for changes', `${names[by]} asks for changes of ${index}`, {
    check: has,
    prepare: async (reality, model) => {
      const which = at(model, index);
      const { version } = model.request(which);
      const { id, contentHash } = await reality.shown(which);
      const { deciding } = reality.world.requests;
      return {
        predict: (on) => on.askChanges(by, which, version),
        run: () => outcomeOf(deciding.askChanges(reality.who(by), id, 'Less.', contentHash)),
      };
    },
  }),
);

const edits = fc.tuple(requester, place, fc.constantFrom(15, 90)).map(([by, index, minutes]) =>
  move('changes', `${names[by]} changes ${index} to ${minutes} min`, {
    check: has,
    prepare: async (reality, model) => {
      const which = at(model, index);
      const { version } = model.request(which);
      const request = await reality.shown(which);
      const wish = { ...request, expiry: { kind: 'after' as const, minutes } };
      const { asking } = reality.world.requests;
      return {
        predict: (on) => on.edit(by, which, minutes, version),
        run: () => outcomeOf(asking.edit(reality.who(by), request.id, wish, request.contentHash)),
      };
    },
  }),
);

const withdraws = fc.tuple(requester, place).map(([by, index]) =>
  move('withdraws', `${names[by]} withdraws ${index}`, {
    check: has,
    prepare: async (reality, model) => {
      const which = at(model, index);
      const { id } = await reality.shown(which);
      return {
        predict: (on) => on.withdraw(by, which),
        run: () => outcomeOf(reality.world.requests.talk.withdraw(reality.who(by), id)),
      };
    },
  }),
);

function amending(by: number, index: number, what: number | 'add'): Move {
  const isAdding = what === 'add';
  return move(isAdding ? 'adds' : 'extends', `${names[by]} ${isAdding ? 'adds to' : `extends by ${what}`} ${index}`, {
    check: has,
    canMeet: false,
    prepare: async (reality, model) => {
      const which = at(model, index);
      // What was added is a row of its own, of which nothing is asked for by itself here.
      const isOwn = model.request(which).kind === 'access';
      const grantId = (isOwn ? await reality.grantOf(which) : null) ?? reality.requestIds[which] ?? '';
      const holder = reality.who(by);
      const more = { reason: '', ticket: null };
      return {
        predict: (on) => (what === 'add' ? on.add(by, which, ['title']) : on.extend(by, which, what)),
        run: () => {
          const service = reality.world.requests.asking;
          const work =
            what === 'add'
              ? service.add(holder, grantId, { scope: reality.scopeOf(['title']), ...more })
              : service.extend(holder, grantId, { minutes: what, ...more });
          return keeping(reality.requestIds, work);
        },
      };
    },
  });
}

const amends = fc
  .tuple(requester, place, fc.constantFrom<number | 'add'>(15, 60, 'add'))
  .map(([by, index, what]) => amending(by, index, what));

const ends = fc.tuple(place, fc.constantFrom('revoked' as const, 'given_back' as const)).map(([index, kind]) =>
  move(kind, `the grant of ${index} is ${kind}`, {
    check: has,
    hasConsequences: true,
    prepare: async (reality, model) => {
      const which = at(model, index);
      const isOwn = model.request(which).kind === 'access';
      const grantId = isOwn ? await reality.grantOf(which) : null;
      const { service } = reality.world.grants.grants;
      return {
        predict: (on) => (grantId === null ? 'nothing' : on.end(which)),
        run: async () => {
          if (grantId === null) return 'nothing';
          return await outcomeOf(service.end(grantId, { kind, by: reality.who(dora).personId }));
        },
      };
    },
  }),
);

const rights = fc
  .constantFrom(
    ...([eve, olga, otto] as const).map((by) => ({ role: 'owner' as const, by })),
    ...([eve, otto, dora] as const).map((by) => ({ role: 'board' as const, by })),
    { role: 'dba' as const, by: dora },
  )
  .map(({ role, by }) =>
    move('rights change', `${names[by]} becomes ${role}, or is it no more`, {
      prepare: async (reality, model) => {
        const gets = !model.holders[role].has(by);
        return {
          predict: (on) => {
            if (gets) on.holders[role].add(by);
            else on.holders[role].delete(by);
            return 'done';
          },
          run: () => outcomeOf(gets ? reality.giveRole(role, by) : reality.loseRole(role, by)),
        };
      },
    }),
  );

const emergencies = requester.map((by) =>
  move('opens by emergency', `${names[by]} opens by emergency`, {
    canMeet: false,
    prepare: async (reality) => ({
      predict: (on) => on.openEmergency(by, 30),
      run: () =>
        keeping(
          reality.reviewIds,
          reality.ground.emergency.service.open(reality.who(by), {
            ...{ projectId: reality.projectId, databaseIds: [reality.databaseId], minutes: 30 },
            ...{ reason: 'Payroll stands still', incident: 'INC-7' },
          }),
        ),
    }),
  }),
);

const reviews = fc.tuple(person, place).map(([by, index]) =>
  move('reviews', `${names[by]} closes the review ${index}`, {
    check: (model) => model.emergencies.length > 0,
    prepare: async (reality, model) => {
      const which = index % model.emergencies.length;
      const close = await reality.closeReview(reality.who(by), which);
      return { predict: (on) => on.review(by, which), run: () => outcomeOf(close()) };
    },
  }),
);

const time = fc.constantFrom(1, 29, 30, 31, 60, 120).map((minutes) =>
  move('time passes', `${minutes} min pass`, {
    canMeet: false,
    prepare: async (reality, model) => ({
      predict: (on) => {
        on.pass(minutes);
        return 'done';
      },
      run: async () => {
        await reality.world.grants.freeze(new Date(model.now + minutes * 60_000));
        await reality.afterTime();
        return 'done';
      },
    }),
  }),
);

/** Asking, deciding and time are what most of it is about. */
export const moves: readonly fc.Arbitrary<Move>[] = [
  ...[asks, asks, decides, decides, decides, decides, decides, time, time, amends, amends],
  ...[asksChanges, edits, withdraws, ends, rights, emergencies, reviews],
];
const first = { by: dev, minutes: 120, later: null, tables: ['salary'], behind: null };
/** What has happened before a run, with every request approved at once. */
export const beginnings: readonly (readonly Move[])[] = [
  [],
  [asking(first)],
  [asking({ ...first, tables: ['salary', 'title'] })],
  [asking(first), asking({ ...first, by: eve, later: 45 })],
];
/** What is asked for after that, and waits. */
export const askedNext: readonly (readonly Move[])[] = [[], [amending(dev, 0, 60)], [amending(dev, 0, 'add')]];
/** What may meet. */
export const meetings: fc.Arbitrary<Move> = fc.oneof(
  decides,
  decides,
  asksChanges,
  edits,
  withdraws,
  ends,
  rights,
  reviews,
);

function who(by: number, behind: number | null): string {
  return behind === null ? `${names[by]}` : `${names[behind]} as ${names[by]}`;
}
