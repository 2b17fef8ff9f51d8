import { type RunningTidegate, startTidegate } from '@tidegate/test-servers';
import type { Browser } from 'playwright-core';
import { expect } from 'vitest';
import { type Screen, startBrowser, Visitor } from './browser.ts';
import { addPerson, call } from './journey-steps.ts';

export const password = 'a long enough password';
export const screens = ['desktop', 'phone'] as const;

type Name = 'ada' | 'grace' | 'dee';

/** Ada administers, Grace is a DBA, Dee develops; hr_prod and hr_test are there, Ada's project HR holds them. */
export class ApprovalStage {
  readonly ids: Record<string, string> = {};
  readonly #browser: Browser;
  readonly #tidegate: RunningTidegate;
  readonly #people: Record<Name, Visitor>;
  readonly #visitors: Visitor[];

  private constructor(browser: Browser, tidegate: RunningTidegate, people: Record<Name, Visitor>) {
    this.#browser = browser;
    this.#tidegate = tidegate;
    this.#people = people;
    this.#visitors = Object.values(people);
  }

  static async open(): Promise<ApprovalStage> {
    const [browser, tidegate] = await Promise.all([startBrowser(), startTidegate()]);
    const ada = await Visitor.enter(browser, tidegate.url);
    const me = { name: 'Ada Lovelace', email: 'ada@example.com', password, withSamples: true };
    await call(ada, 'POST', '/register', me);
    await ada.page.goto('/');
    const grace = await addPerson(browser, ada, { name: 'Grace Hopper', roles: ['workspace_dba'], password });
    const dee = await addPerson(browser, ada, { name: 'Dee Veloper', roles: ['project_developer'], password });
    await ada.page.getByRole('button', { name: 'Continue as dev' }).waitFor({ timeout: 110_000 });
    const stage = new ApprovalStage(browser, tidegate, { ada, grace, dee });
    for (const { id, name } of (await call(ada, 'GET', '/databases')).body.items) stage.ids[name] = id;
    stage.ids['HR'] = (await call(ada, 'GET', '/projects')).body.items[0].id;
    return stage;
  }

  get url(): string {
    return this.#tidegate.url;
  }

  /** At the desk where they came in. */
  get ada(): Visitor {
    return this.#people.ada;
  }
  get grace(): Visitor {
    return this.#people.grace;
  }
  get dee(): Visitor {
    return this.#people.dee;
  }

  /** The same person at another screen. */
  async at(screen: Screen, name: Name): Promise<Visitor> {
    const visitor = await this.#people[name].also(this.#browser, this.url, screen, 'light');
    this.#visitors.push(visitor);
    return visitor;
  }

  /** Production is high, and there an owner and then a DBA decide; what has been shown elsewhere how to set. */
  async guardProduction(): Promise<void> {
    const condition = 'environment.name == "Prod"';
    const rule = { name: 'Production is high', source: 'read', level: 'high', isOn: true, condition };
    await call(this.ada, 'POST', '/risk-rules', rule);
    const steps = ['project_owner', 'workspace_dba'].map((role) => ({ deciders: [{ kind: 'role', role }] }));
    const flow = { name: 'Owner, then DBA', kind: 'steps', steps, extendsMinutes: 60 };
    const { body: added } = await call(this.ada, 'POST', '/approval/flows', flow);
    const cells = [{ source: 'read', level: 'high', flowId: added.id }];
    await call(this.ada, 'PUT', '/approval/matrix', { cells });
  }

  /** Asks as Dee, for what has been shown elsewhere how to ask. */
  async ask(database: string, tables: readonly string[], reason: string): Promise<{ id: string; number: number }> {
    const items = tables.map((table) => ({ databaseId: this.ids[database], schema: 'public', table }));
    const { body } = await call(this.dee, 'POST', '/requests', {
      ...{ projectId: this.ids['HR'], scope: { kind: 'items', items }, privileges: ['read'], reason },
      expiry: { kind: 'after', minutes: 60 },
    });
    return body;
  }

  /** Something in the past, to be replayed: its number. */
  async askInVain(database: string): Promise<number> {
    const { id, number } = await this.ask(database, ['title'], 'Can wait');
    await call(this.dee, 'POST', `/requests/${id}/withdraw`);
    return number;
  }

  /** Both steps say yes: the id of the grant. */
  async approve(requestId: string): Promise<string> {
    for (const visitor of [this.ada, this.grace]) {
      const { contentHash } = (await call(visitor, 'GET', `/requests/${requestId}`)).body;
      await call(visitor, 'POST', `/requests/${requestId}/decision`, { decision: 'approve', contentHash });
    }
    return (await call(this.dee, 'GET', `/requests/${requestId}`)).body.grantId;
  }

  leftNoFault(): void {
    expect(this.#visitors.flatMap((visitor) => visitor.faults)).toEqual([]);
  }

  async close(): Promise<void> {
    await Promise.all(this.#visitors.map((visitor) => visitor.leave()));
    await this.#browser.close();
    await this.#tidegate.stop();
  }
}
