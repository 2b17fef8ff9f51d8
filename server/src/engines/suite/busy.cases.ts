import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EngineSession } from '../engine.ts';
import { prefix, refusal, run, type Stage } from './stage.ts';

/** Closing what holds locks, what is many, and what comes back; each time nothing is left at the server. */
export function busyCases(stage: Stage): void {
  const hr = 'suite_busy';
  const table = (): string => stage.table('salary');

  beforeAll(async () => {
    await stage.createDatabase(hr, ['salary', 'title']);
  });

  async function close(account: string): Promise<void> {
    await stage.admin.blockLogin(account);
    await stage.admin.endSessions(account, null, 10_000);
    await stage.admin.dropAccount(account);
    await stage.expectNoneLives(account);
    expect(await stage.admin.inspectAccount(account, prefix)).toMatchObject({
      ...{ exists: false, canLogIn: false, sessions: [], access: [], unexpected: [] },
    });
    const error = await refusal(stage.openWith(account, hr, { password: 'whatever-it-was' }));
    expect(error.kind).toBe('auth_failed');
  }

  it('knows what an account of ours can hold on this engine', () => {
    expect(stage.dialect.holds.length).toBeGreaterThan(1);
  });

  describe.each([0, 1, 2, 3, 4, 5])('a session that holds something, case %i', (index) => {
    it('ends, and what it held is free', async () => {
      const hold = stage.dialect.holds[index];
      if (hold === undefined) return expect(stage.dialect.holds.length).toBeLessThanOrEqual(index);
      const account = await stage.makeAccount({ database: hr, tables: { salary: 'write' } });
      const session = await stage.open(account, hr);
      const isHeld = async () => (await stage.fixture.superuser(hr, hold.heldQuery)).length > 0;
      for (const text of hold.begin(table())) {
        if (!hold.isRefused) await run(session, text);
        else expect((await refusal(run(session, text))).kind, hold.what).toBe('access_refused');
      }
      // MariaDB tells of transactions what it knew a tenth of a second ago.
      await expect.poll(isHeld, { interval: 150, message: hold.what }).toBe(!hold.isRefused);
      const over = new Promise((resolve) => session.onEnd(resolve));
      await close(account);
      await over;
      await expect.poll(isHeld, { interval: 150 }).toBe(false);
    });
  });

  it('ends hundreds of sessions at once', async () => {
    const account = stage.newAccountName();
    const connectionLimit = 260;
    const spec = stage.spec(account, { database: hr, tables: { salary: 'read' } });
    await stage.admin.applyAccount({ ...spec, connectionLimit });
    const password = randomBytes(12).toString('hex');
    await stage.admin.enableLogin(account, password);
    const sessions: EngineSession[] = [];
    for (let round = 0; round < 10; round += 1) {
      const some = Array.from({ length: 25 }, () => stage.openWith(account, hr, { password }));
      sessions.push(...(await Promise.all(some)));
    }
    expect(await stage.sessionsAtServer(account)).toHaveLength(250);
    const ends = sessions.map((session) => new Promise((resolve) => session.onEnd(resolve)));
    await close(account);
    await Promise.all(ends);
  });

  it('ends who reconnects in a loop: once the login is blocked nobody comes back', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    const password = randomBytes(12).toString('hex');
    await stage.admin.enableLogin(account, password);
    let isOver = false;
    let opened = 0;
    const refusals = new Set<string>();
    const comeBack = async (): Promise<void> => {
      while (!isOver) {
        const session = await stage.openWith(account, hr, { password }).catch((error: { kind: string }) => {
          refusals.add(error.kind);
          return null;
        });
        if (session === null) continue;
        opened += 1;
        await run(session, `select * from ${table()}`).catch(() => undefined);
      }
    };
    const loops = Array.from({ length: 8 }, comeBack);
    await expect.poll(() => opened, { interval: 5 }).toBeGreaterThan(3);
    // They go on trying while the end is proved.
    try {
      await close(account);
    } finally {
      isOver = true;
      await Promise.all(loops);
    }
    expect(
      [...refusals].filter(
        (kind) =>
          ![
            'auth_failed',
            'account_locked',
            'too_many_connections',
            'ended_by_administrator',
            'connection_lost',
            'database_missing',
          ].includes(kind),
      ),
    ).toEqual([]);
  });
}
