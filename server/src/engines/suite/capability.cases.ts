import { expect, it } from 'vitest';
import { prefix, type Stage } from './stage.ts';

/** What the connecting user can do, and what everybody may do beside it. */
export function capabilityCases(stage: Stage): void {
  it('proves itself with a throw-away account and leaves nothing behind', async () => {
    const database = await stage.createDatabase('suite_capable', ['salary', 'title']);
    const before = await stage.admin.listAccounts(prefix);
    const report = await stage.admin.checkCapabilities(prefix, [database]);
    expect(report.findings.filter(({ severity }) => severity === 'blocking')).toEqual([]);
    expect(report.canMakeAccounts).toBe(true);
    expect(await stage.admin.listAccounts(prefix)).toEqual(before);
  });

  it('finds what everybody may read, with the SQL that closes it', async () => {
    const database = await stage.createDatabase('suite_open', ['salary', 'title']);
    for (const sql of stage.dialect.openToEverybody(database, stage.table('salary'))) {
      await stage.fixture.superuser(database, sql);
    }
    const find = async () => {
      const report = await stage.admin.checkCapabilities(prefix, [database]);
      return report.findings.filter(
        ({ severity, message, sql }) =>
          severity === 'wall incomplete' && sql !== null && `${message} ${sql}`.includes('salary'),
      );
    };
    const findings = await find();
    expect(findings.length).toBeGreaterThan(0);
    for (const { sql } of findings) {
      for (const statement of sql?.split(/;\s*$/m).filter((text) => text.trim() !== '') ?? []) {
        await stage.fixture.superuser(database, statement);
      }
    }
    expect(await find()).toEqual([]);
  });

  it('says what is missing for a user who can make no accounts', async () => {
    const database = await stage.createDatabase('suite_incapable', ['salary']);
    const account = await stage.makeAccount({ database, tables: { salary: 'read' } });
    await stage.admin.enableLogin(account, 'a-good-password-11');
    const admin = stage.fixture.engine.admin({
      ...stage.fixture.target,
      user: account,
      password: () => Promise.resolve('a-good-password-11'),
      maintenanceDatabase: database,
    });
    try {
      const report = await admin.checkCapabilities(prefix, [database]);
      expect(report.canMakeAccounts).toBe(false);
      const blocking = report.findings.filter(({ severity }) => severity === 'blocking');
      expect(blocking.length).toBeGreaterThan(0);
      expect(blocking.some(({ sql }) => sql !== null)).toBe(true);
    } finally {
      await admin.close();
    }
  });
}
