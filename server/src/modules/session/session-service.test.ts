import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPostgresFixture } from '../../engines/postgres/postgres-fixture.ts';
import { seededRandom } from '../../engines/sample/seeded-random.ts';
import type { EngineFixture } from '../../engines/suite/engine-fixture.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import { GrantWorld, type Place, run, until } from '../grant/grant-test-kit.ts';
import { mostSessionsAPerson } from './session.ts';
import { SessionWorld } from './session-test-kit.ts';

let world: GrantWorld;
let server: SessionWorld;
let fixture: EngineFixture;
let hr: Place;
let dev: string;

beforeAll(async () => {
  [world, fixture] = await Promise.all([GrantWorld.open(), startPostgresFixture(15)]);
  server = await SessionWorld.start(world);
  hr = await world.database(fixture, await world.instance(fixture), await world.project('HR'), ['employee']);
});
beforeEach(async () => {
  dev = await world.person('dev');
});
afterAll(async () => {
  await server.stop();
  await world.close();
  await fixture.stop();
});

const give = (privileges?: readonly ('read' | 'write')[]) =>
  world.give({
    to: { kind: 'person', id: dev },
    on: hr,
    tables: ['employee'],
    ...(privileges === undefined ? {} : { privileges }),
  });

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof AppError) return error.code;
      throw error;
    },
  );

const stateOf = async (sessionId: string) => await server.store.find(sessionId);

describe('opening', () => {
  it('gives a connection as the person’s account, on record', async () => {
    await give();
    const live = await server.open(dev, hr);
    expect(await run(live.connection, 'select count(*) from employee')).toEqual([['2']]);
    expect(await stateOf(live.id)).toMatchObject({ state: 'open', personId: dev, accountId: live.accountId });
    const event = (await server.events('session.opened')).at(-1);
    expect(event).toMatchObject({ session_id: live.id, actor_id: dev, data: { account: live.accountName } });
  });

  it('is refused without a row of the ledger, on record, and makes no account', async () => {
    expect(await codeOf(server.open(dev, hr))).toBe('session.no_access');
    expect((await server.events('session.refused')).at(-1)).toMatchObject({ actor_id: dev });
    expect(await world.accountsOf(dev, hr.instanceId)).toEqual([]);
  });

  it('is refused when access ends while it dials, and the connection is closed unused', async () => {
    const grant = await give();
    server.whileDialling = () => world.end(grant, [dev]);
    try {
      expect(await codeOf(server.open(dev, hr))).toBe('session.no_access');
    } finally {
      server.whileDialling = async () => undefined;
    }
    await world.settle();
    expect(await world.atServer(dev, hr)).toEqual({ accounts: [], sessions: 0 });
  });

  it('that cannot be recorded does not open: nothing stays connected', async () => {
    await give();
    server.unstorable = 'session.opened';
    try {
      await expect(server.open(dev, hr)).rejects.toThrow('the record is full');
    } finally {
      server.unstorable = '';
    }
    await until('the connection to go', async () => (await world.atServer(dev, hr)).sessions === 0);
    const { rows } = await sql<{ state: string }>`select state from tidegate.session where person_id = ${dev}`.execute(
      world.db,
    );
    expect(rows).toEqual([{ state: 'ended' }]);
  });

  it('has an end to how many one person may have', async () => {
    await give();
    const place = await server.place(hr);
    await world.db
      .insertInto('session')
      .values(
        Array.from({ length: mostSessionsAPerson }, () => ({
          ...{ person_id: dev, database_id: place.databaseId, server_id: server.presence.serverId },
          ...{ opened_at: new Date(), last_used_at: new Date() },
        })),
      )
      .execute();
    expect(await codeOf(server.open(dev, hr))).toBe('session.too_many');
    // They are on record alone: nothing holds them, and tidying finds that out.
    await server.sessions.tidy();
    expect(await codeOf(server.open(dev, hr))).toBe('done');
  });
});

describe('a session', () => {
  it('belongs to one person: for others it does not exist', async () => {
    await give();
    const live = await server.open(dev, hr);
    const stranger = await world.person('Mallory');
    expect(await codeOf(server.sessions.get(stranger, live.id))).toBe('object.not_found');
    expect(await codeOf(server.sessions.close(stranger, live.id))).toBe('object.not_found');
    expect(await stateOf(live.id)).toMatchObject({ state: 'open' });
  });

  it('ends with its access and says why', async () => {
    const grant = await give();
    const live = await server.open(dev, hr);
    await world.end(grant, [dev]);
    await world.settle();
    await until('the end on record', async () => (await stateOf(live.id))?.state === 'ended');
    expect(await stateOf(live.id)).toMatchObject({ endReason: 'Your access was revoked.' });
    expect(await codeOf(server.sessions.get(dev, live.id))).toBe('session.ended');
    expect((await server.events('session.ended')).at(-1)).toMatchObject({
      session_id: live.id,
      data: { reason: 'Your access was revoked.' },
    });
  });

  it('that nobody used for an hour is ended', async () => {
    await give();
    const live = await server.open(dev, hr);
    await server.sessions.tidy();
    expect(await stateOf(live.id)).toMatchObject({ state: 'open' });
    await sql`update tidegate.session set last_used_at = last_used_at - interval '61 minutes' where id = ${live.id}`.execute(
      world.db,
    );
    await server.sessions.tidy();
    expect(await stateOf(live.id)).toMatchObject({ state: 'ended' });
    expect((await world.atServer(dev, hr)).sessions).toBe(0);
  });

  it('whose end is on record loses its connection', async () => {
    await give();
    const live = await server.open(dev, hr);
    await server.store.markEnded(world.db, live.id, 'Another server believed this one gone.');
    await server.sessions.tidy();
    expect(await codeOf(server.sessions.get(dev, live.id))).toBe('session.ended');
    await until('the connection to go', async () => (await world.atServer(dev, hr)).sessions === 0);
  });
});

describe('a server process that is gone', () => {
  it('leaves no session on record, and its running statement is unknown', async () => {
    await give();
    const other = await SessionWorld.start(world);
    const lost = await other.open(dev, hr);
    const kept = await server.open(dev, hr);
    await sql`insert into tidegate.statement (session_id, person_id, database_id, text, state, grant_ids, started_at)
      select id, person_id, database_id, 'select 1', 'started', '{}', tidegate.now() from tidegate.session
      where id in (${lost.id}, ${kept.id})`.execute(world.db);
    expect(await server.endedSessions.endAbandoned()).toBe(0);
    await other.vanish();
    await until('the lock to go', async () => (await server.endedSessions.endAbandoned()) === 1);
    expect(await stateOf(lost.id)).toMatchObject({ state: 'ended' });
    expect(await stateOf(kept.id)).toMatchObject({ state: 'open' });
    const { rows } = await sql<{ state: string }>`
      select state from tidegate.statement where session_id in (${lost.id}, ${kept.id}) order by state`.execute(
      world.db,
    );
    expect(rows.map((row) => row.state)).toEqual(['started', 'unknown']);
    expect((await server.events('statement.unknown')).at(-1)).toMatchObject({ session_id: lost.id });
    await other.stop();
  });

  it('does not keep a closure’s sessions open on record', async () => {
    await give();
    const other = await SessionWorld.start(world);
    const lost = await other.open(dev, hr);
    await other.vanish();
    await until('the lock to go', async () => (await server.presence.living([other.presence.serverId])).length === 0);
    await server.sessions.endLocal(lost.accountId, null);
    expect(await stateOf(lost.id)).toMatchObject({ state: 'ended' });
    await other.stop();
  });
});

describe('reading by role', () => {
  it('makes one row, renews it at most once a minute, and ends when the environment forbids it', async () => {
    const ada = await world.person('Ada', ['workspace_admin']);
    const live = await server.open(ada, hr);
    const rowsOf = () => world.db.selectFrom('access_grant').where('person_id', '=', ada).selectAll().execute();
    const [made] = await rowsOf();
    expect(made).toMatchObject({ source: 'role', privileges: ['read'] });
    for (let statement = 0; statement < 3; statement += 1) await server.sessions.accessFor(live);
    expect(await rowsOf()).toEqual([made]);
    await world.db.updateTable('environment').set({ allows_read_by_role: false }).execute();
    const { guard } = world.grants;
    await world.db.transaction().execute(async (tx) => {
      await guard.lockPeople(tx, [ada]);
      await guard.accessChanged(tx, [ada], { kind: 'role_lost', by: null });
    });
    await world.settle();
    await until('the end on record', async () => (await stateOf(live.id))?.state === 'ended');
    expect(await codeOf(server.open(ada, hr))).toBe('session.no_access');
    await world.db.updateTable('environment').set({ allows_read_by_role: true }).execute();
  });
});

/** The first rounds have an order, so that both outcomes are seen on a machine of any speed. */
async function inOrder<T>(round: number, opening: () => Promise<T>, ending: () => Promise<unknown>): Promise<T> {
  if (round === 0) {
    await ending();
    return await opening();
  }
  const begun = opening();
  if (round === 1) await begun;
  await ending();
  return await begun;
}

describe('races', () => {
  it('opening against being revoked: nothing stays open, whoever is first', async () => {
    const random = seededRandom(4711);
    const outcomes = new Set<string>();
    for (let round = 0; round < 50; round += 1) {
      dev = await world.person('dev');
      const grant = await give();
      const delays = [random.between(0, 10), random.between(0, 90)] as const;
      const opening = () => pause(delays[0]).then(() => codeOf(server.open(dev, hr)));
      const ending = () => pause(delays[1]).then(() => world.end(grant, [dev]));
      outcomes.add(await inOrder(round, opening, ending));
      await world.settle();
      expect(await world.atServer(dev, hr), `round ${round}`).toEqual({ accounts: [], sessions: 0 });
      await until('the record to agree', async () => {
        const query = world.db.selectFrom('session').where('person_id', '=', dev).where('state', '<>', 'ended');
        return (await query.select('id').execute()).length === 0;
      });
    }
    expect([...outcomes].toSorted()).toContain('session.no_access');
    expect([...outcomes]).toContain('done');
  });
});
