import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineFixture } from '../engine.suite.ts';
import { prefix, refusal, run, Stage } from '../suite/stage.ts';
import { whileRowIsHeld } from './account-row.ts';
import { AdminConnections } from './admin-connections.ts';
import { startPostgresFixture } from './postgres-fixture.ts';

const known = 'a-password-that-i-know-1';

/** An account may change its own row: its password. It must not gain by that when it is let in. */
describe.each([15, 18] as const)('the row of an account in PostgreSQL %i', { timeout: 30_000 }, (major) => {
  let fixture: EngineFixture | undefined;
  const stage = new Stage(() => {
    if (fixture === undefined) throw new Error('the server has not started');
    return fixture;
  });
  const hr = 'row_hr';

  beforeAll(async () => {
    fixture = await startPostgresFixture(major);
    await stage.createDatabase(hr, ['salary']);
  }, 60_000);
  afterAll(async () => {
    await stage.close();
    await fixture?.stop();
  });

  const setPassword = `alter role current_user password '${known}'`;
  const opening = (account: string) => () => stage.openWith(account, hr, { password: known }).then(() => undefined);

  it('cannot be changed by it while it is let in, and its attempt fails', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    const session = await stage.open(account, hr);
    let attempt: Promise<{ kind: string; serverCode: string | null }> | undefined;
    await stage.admin.letIn(account, 'a-good-password-1', async () => {
      attempt = refusal(run(session, setPassword));
      await expect.poll(() => stage.sessionsAtServer(account)).toEqual([[expect.anything(), setPassword]]);
      expect((await refusal(opening(account)())).kind).toBe('auth_failed');
    });
    expect((await attempt)?.serverCode).toBe('XX000');
    expect((await refusal(opening(account)())).kind).toBe('auth_failed');
  });

  it('is let go by a transaction of its own that has changed it', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    const session = await stage.open(account, hr);
    await stage.admin.blockLogin(account);
    await run(session, 'begin');
    await run(session, setPassword);
    let isIn = false;
    await stage.admin.letIn(account, 'a-good-password-2', async () => {
      await stage.openWith(account, hr, { password: 'a-good-password-2' });
      isIn = true;
    });
    expect(isIn).toBe(true);
    expect(['ended_by_administrator', 'connection_lost']).toContain((await refusal(run(session, 'select 1'))).kind);
  });

  it('is held for many who log in slowly without holding up the end of another', async () => {
    const other = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    const slow = Promise.withResolvers<void>();
    const begun: string[] = [];
    const openings = Array.from({ length: 6 }, async (_, index) => {
      const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
      await stage.admin.letIn(account, `a-good-password-${index}`, async () => {
        begun.push(account);
        await slow.promise;
      });
    });
    await expect.poll(() => begun.length).toBe(4);
    await stage.admin.dropAccount(other);
    expect(begun).toHaveLength(4);
    slow.resolve();
    await Promise.all(openings);
    expect(begun).toHaveLength(6);
  });

  it('that was changed when it was let in lets nobody do what it was let in for, and is shut', async () => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'read' } });
    const admin = new AdminConnections(stage.fixture.target);
    let hasRun = false;
    const change = {
      open: () => Promise.resolve(`alter role "${account}" login password '${known}' valid until 'infinity'`),
      // As it fails when the account was first.
      shut: `do $$ begin raise 'tuple concurrently updated' using errcode = 'XX000'; end $$`,
      block: () => stage.admin.blockLogin(account),
    };
    const error = await refusal(
      whileRowIsHeld(admin, account, change, async () => {
        hasRun = true;
      }),
    );
    expect(error).toMatchObject({ kind: 'auth_failed', message: expect.stringContaining('while it was let in') });
    expect(hasRun).toBe(false);
    expect((await stage.admin.inspectAccount(account, prefix)).canLogIn).toBe(false);
    await admin.close();
  });
});
