import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineFixture } from '../engine.suite.ts';
import { EngineError } from '../engine.ts';
import { prefix, Stage } from '../suite/stage.ts';
import { startPostgresFixture } from './postgres-fixture.ts';

const rounds = Array.from({ length: 12 }, (_, round) => round);

/** The verbs may be cut off anywhere: run again, they finish the work. */
describe('administration of PostgreSQL that is cut off', { timeout: 60_000 }, () => {
  let fixture: EngineFixture | undefined;
  const stage = new Stage(() => {
    if (fixture === undefined) throw new Error('the server has not started');
    return fixture;
  });
  const hr = 'cut_hr';
  const pay = 'cut_pay';

  beforeAll(async () => {
    fixture = await startPostgresFixture(18);
    await stage.createDatabase(hr, ['salary', 'title', 'employee']);
    await stage.createDatabase(pay, ['bonus']);
  }, 60_000);

  afterAll(async () => {
    await stage.close();
    await fixture?.stop();
  });

  /** Ends the connecting user's connections after so many other statements. */
  async function cutOff(work: Promise<unknown>, statementsLater: number): Promise<void> {
    const outcome = work.catch((error: unknown) => {
      // It may also have survived: a lost idle connection is replaced.
      expect(error).toBeInstanceOf(EngineError);
      expect((error as EngineError).kind).toMatch(/connection_lost|ended_by_administrator/);
    });
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'Tidegate'`;
    for (let before = 0; before < statementsLater; before += 1) await stage.fixture.superuser('', 'select 1');
    await stage.fixture.superuser('', cut);
    await outcome;
  }

  it.each(rounds)('finishes when it is run again (cut after %i statements)', async (round) => {
    const spec = stage.spec(
      stage.newAccountName(),
      { database: hr, whole: 'read', tables: { salary: 'write' } },
      { database: pay, tables: { bonus: 'write' } },
    );
    await cutOff(stage.admin.applyAccount(spec), round);
    await stage.admin.applyAccount(spec);
    expect(await stage.admin.applyAccount(spec)).toEqual({ actions: [], missing: [] });
    const state = await stage.admin.inspectAccount(spec.name, prefix);
    expect(state).toMatchObject({ access: spec.access, unexpected: [] });
    await stage.open(spec.name, hr);

    await cutOff(stage.admin.dropAccount(spec.name), round);
    await stage.admin.dropAccount(spec.name);
    expect(await stage.sessionsAtServer(spec.name)).toEqual([]);
    const left = await stage.admin.listAccounts(prefix);
    expect(left).not.toContain(spec.name);
    for (const helper of left) await stage.admin.dropAccount(helper);
    expect(await stage.admin.listAccounts(prefix)).toEqual([]);
  });

  it('goes on after the server was restarted while nothing ran', async () => {
    await stage.admin.facts();
    await stage.fixture.superuser(
      '',
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'Tidegate'`,
    );
    expect((await stage.admin.facts()).engine).toBe('postgresql');
  });
});
