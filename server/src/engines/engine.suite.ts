import { afterAll, beforeAll, describe } from 'vitest';
import { accountCases } from './suite/account.cases.ts';
import { busyCases } from './suite/busy.cases.ts';
import { capabilityCases } from './suite/capability.cases.ts';
import { catalogCases } from './suite/catalog.cases.ts';
import { closureCases } from './suite/closure.cases.ts';
import { driftCases } from './suite/drift.cases.ts';
import type { EngineFixture } from './suite/engine-fixture.ts';
import { nameCases } from './suite/name.cases.ts';
import { probeCases } from './suite/probe.cases.ts';
import { Stage } from './suite/stage.ts';
import { statementCases } from './suite/statement.cases.ts';
import { valueCases } from './suite/value.cases.ts';

export type { EngineDialect, EngineFixture, ExactValue, TextRow } from './suite/engine-fixture.ts';

/**
 * The cases that every engine must pass on a real server. `start` runs once; access is proved by logging in and
 * trying, and what the server thinks is read by its superuser, never from the engine under test.
 */
export function describeEngine(name: string, start: () => Promise<EngineFixture>): void {
  describe(name, { timeout: 30_000 }, () => {
    let fixture: EngineFixture | undefined;
    const stage = new Stage(() => {
      if (fixture === undefined) throw new Error('the server has not started');
      return fixture;
    });

    beforeAll(async () => {
      fixture = await start();
    }, 180_000);

    afterAll(async () => {
      if (fixture === undefined) return;
      await stage.close();
      await fixture.stop();
    }, 60_000);

    describe('probe and facts', () => probeCases(stage));
    describe('accounts', () => accountCases(stage));
    describe('drift and idempotence', () => driftCases(stage));
    describe('names', () => nameCases(stage));
    describe('closure', () => closureCases(stage));
    describe('closure of what is busy', () => busyCases(stage));
    describe('statements', () => statementCases(stage));
    describe('exact values', () => valueCases(stage));
    describe('catalog and sample', () => catalogCases(stage));
    describe('capability check', () => capabilityCases(stage));
  });
}
