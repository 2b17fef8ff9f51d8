import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFixture as startMySqlFixture } from '../../engines/mysql/mysql-fixture.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import type { Place } from '../grant/grant-test-kit.ts';
import { openSessionWorld, ownerOf } from './session-test-kit.ts';

const { world, server, close } = await openSessionWorld();
afterAll(close);

const update = 'update employee set amount = 999 where id = 1';
const plainly = [`xa start 'w'`, update, `xa end 'w'`, `xa prepare 'w'`];

type Attempt = readonly [how: string, texts: readonly string[]];
const onBoth: readonly Attempt[] = [
  ['said plainly', plainly],
  ['in comments that the server runs', plainly.map((text) => (text.startsWith('xa') ? `/*! ${text} */` : text))],
];
const onMariaDb: readonly Attempt[] = [
  ['in texts that it runs', plainly.map((text) => `execute immediate '${text.replaceAll("'", "''")}'`)],
  ['in texts that are not seen', plainly.map((text) => `execute immediate concat('', "${text}")`)],
  ['in one statement', [`/*! begin not atomic ${plainly.join('; ')}; end */`]],
  [
    'behind quotes of another kind',
    [
      `set session sql_mode = 'NO_BACKSLASH_ESCAPES'`,
      `begin not atomic set @a = '\\'; ${plainly.join('; ').replaceAll("'w'", '0x77')}; end -- '`,
    ],
  ],
];

describe.each(['mariadb', 'mysql'] as const)('work that would outlive its access on %s', (engine) => {
  let fixture: EngineFixture;
  let hr: Place;

  beforeAll(async () => {
    fixture = await startMySqlFixture(engine, 'equipped');
    hr = await world.database(fixture, await world.instance(fixture), await world.project('HR'), ['employee']);
  });
  afterAll(() => fixture.stop());

  async function session(privileges: readonly ('read' | 'write')[]) {
    const dev = await world.person('dev');
    const grant = await world.give({ to: { kind: 'person', id: dev }, on: hr, tables: ['employee'], privileges });
    return { dev, grant, live: await server.open(dev, hr) };
  }
  const prepared = async () => await fixture.superuser('', 'xa recover');
  const outcomeOf = async (dev: string, sessionId: string, text: string) =>
    await server.run(dev, sessionId, text).then(
      (lines) => lines.at(-1)?.type,
      (error: { code?: string }) => error.code,
    );

  it.each(engine === 'mariadb' ? [...onBoth, ...onMariaDb] : onBoth)('is not begun, %s', async (_how, texts) => {
    const { dev, grant, live } = await session(['write']);
    const outcomes: unknown[] = [];
    for (const text of texts) outcomes.push(await outcomeOf(dev, live.id, text));
    await world.end(grant, [dev]);
    await world.settle();
    expect(await prepared()).toEqual([]);
    expect(outcomes).toContain('statement.kind_refused');
  });

  it('is told before it is run', async () => {
    const dev = await world.person('dev');
    const caller = { ...ownerOf(dev), canRequest: () => true };
    const verdict = await server.statements.verdict(caller, await server.place(hr), `select 1; xa start 'w'`, null);
    expect(verdict).toMatchObject({ isAllowed: false, missing: [], reason: expect.stringContaining('was not sent') });
  });

  it('of other applications is not ended either', async () => {
    const { dev, live } = await session(['read']);
    const theirs = `xa start 'theirs'; insert into employee (id, amount) values (77, 77); xa end 'theirs'; xa prepare 'theirs'`;
    await fixture.superuser(hr.name, `create procedure theirs() begin ${theirs}; end`);
    await fixture.superuser(hr.name, 'call theirs()');
    try {
      expect(await outcomeOf(dev, live.id, `xa commit 'theirs'`)).toBe('statement.kind_refused');
      const [refused] = (await server.events('statement.refused')).slice(-1);
      expect(refused).toMatchObject({ actor_id: dev, data: { text: `xa commit 'theirs'` } });
      expect(await prepared()).toHaveLength(1);
    } finally {
      await fixture.superuser(hr.name, `xa rollback 'theirs'`);
    }
  });
});
