import { ApiClient } from '@tidegate/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApprovalStage, password, screens } from './approval-stage.ts';
import type { Visitor } from './browser.ts';
import { call, form, looks, result, run, statement } from './journey-steps.ts';
import { hasFocus, keepsFocus, pick, press, tabTo, tick, write } from './keyboard.ts';

const salaries = 'select e.last_name, s.amount from employee e join salary s on s.emp_no = e.emp_no limit 5';

let stage: ApprovalStage;

beforeAll(async () => {
  stage = await ApprovalStage.open();
  await stage.guardProduction();
});
afterAll(() => stage?.close());

describe.each(screens)('a grant in use by keyboard alone, at the %s', (screen) => {
  let ada: Visitor;
  let dee: Visitor;
  let requestId: string;
  let grantId: string;

  beforeAll(async () => {
    [ada, dee] = [await stage.at(screen, 'ada'), await stage.at(screen, 'dee')];
    requestId = (await stage.ask('hr_prod', ['employee', 'salary', 'title'], 'INC-9')).id;
    grantId = await stage.approve(requestId);
  });

  /** Uses it, and stays connected: in the editor, which is there from 1024 px, or from elsewhere. */
  async function use(): Promise<void> {
    const { page } = dee;
    if (screen === 'desktop') {
      // The second time the tab has a session already; whether it still is open is known late.
      const answer = Promise.withResolvers<void>();
      await page.route('**/api/v1/sessions/*', async (route) => {
        await answer.promise;
        await route.continue();
      });
      await page.goto(`/editor?database=${stage.ids['hr_prod']}`);
      await page.getByRole('textbox', { name: 'SQL', exact: true }).waitFor();
      await run(page, salaries);
      answer.resolve();
      await result(page).getByText('5 rows').waitFor();
      await page.unroute('**/api/v1/sessions/*');
      return;
    }
    const { body: session } = await call(dee, 'POST', '/sessions', { databaseId: stage.ids['hr_prod'] });
    await statement(dee, session.id, salaries);
  }

  const endOf = async (): Promise<number> => Date.parse((await call(dee, 'GET', `/grants/${grantId}`)).body.expiresAt);

  it('is extended within what the flow allows, at once', async () => {
    await use();
    const { page } = dee;
    if (screen === 'phone') await page.goto(`/grants/${grantId}`);
    const before = await endOf();
    const more = page.getByRole('button', { name: 'More time' });
    // In the text Tab indents; after Escape it leaves it.
    await page.keyboard.press('Escape');
    await tabTo(page, more, screen === 'desktop' ? 'Shift+Tab' : 'Tab');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'More time' });
    await dialog.getByText(/^Until .* instead of/).waitFor();
    await looks(dee, 'flow-more-time');
    await page.keyboard.type('it takes longer');
    await page.keyboard.press('Enter');
    await page.getByText(/^You have more time, until/).waitFor();
    expect((await endOf()) - before).toBe(30 * 60_000);
    await dialog.waitFor({ state: 'detached' });
    await keepsFocus(page);
  });

  it('is asked for beyond that, and shown to the approver with its use', async () => {
    await dee.page.goto(`/grants/${grantId}`);
    await press(dee.page, dee.page.getByRole('button', { name: 'More time' }));
    const dialog = dee.page.getByRole('dialog', { name: 'More time' });
    await pick(dee.page, dialog.getByRole('group', { name: 'Longer by' }), '4h');
    await press(dee.page, dialog.getByRole('button', { name: 'Ask for more time' }));
    await dee.page.getByText(/^Request #\d+ is sent. You stay connected meanwhile.$/).waitFor();
    await dialog.waitFor({ state: 'detached' });
    await keepsFocus(dee.page);
    const { page } = ada;
    await page.goto('/requests?view=to_decide');
    await press(page, page.getByRole('link', { name: /Dee Veloper wants/ }).first());
    const inUse = page.getByRole('region', { name: 'Grant in use' });
    await inUse.getByText(/Used so far: 1 statement, 5 rows/).waitFor();
    await looks(ada, 'flow-renewal');
    await press(page, page.getByRole('button', { name: 'Reject' }));
    await page.getByText('Rejected by Ada Lovelace').waitFor();
    await keepsFocus(page);
  });

  it('is revoked with its effect shown, and asked for again with what was used', async () => {
    if (screen === 'desktop') await use();
    let { page } = ada;
    await page.goto(`/grants/${grantId}`);
    await press(page, page.getByRole('button', { name: 'Revoke', exact: true }));
    const dialog = page.getByRole('dialog', { name: 'Revoke this grant' });
    await dialog.getByText(/1 open session will be ended/).waitFor();
    await looks(ada, 'flow-revoke');
    await press(page, dialog.getByRole('button', { name: 'Revoke now' }));
    await page.getByText('Closed, proven').waitFor();
    await dialog.waitFor({ state: 'detached' });
    await keepsFocus(page);
    page = dee.page;
    await page.goto(`/requests/${requestId}`);
    await press(page, page.getByRole('link', { name: 'Request again' }));
    await press(page, page.getByRole('button', { name: 'Ask only for what was used' }));
    await form(page)
      .getByText(/You want to read employee and salary in hr_prod/)
      .waitFor();
  });
});

/** What is opened at each screen. */
const emergencies = {
  desktop: { environment: 'Prod', database: 'hr_prod', incident: 'INC-911' },
  phone: { environment: 'Test', database: 'hr_test', incident: 'INC-912' },
} as const;

const query = 'select count(*) from salary';

describe.each(screens)('emergency access by keyboard alone, at the %s', (screen) => {
  const { environment, database, incident } = emergencies[screen];
  let ada: Visitor;
  let dee: Visitor;

  beforeAll(async () => {
    [ada, dee] = [await stage.at(screen, 'ada'), await stage.at(screen, 'dee')];
  });

  it('is opened to those whom a policy names', async () => {
    const { page } = ada;
    await page.goto('/approval');
    await press(page, page.getByRole('button', { name: `Edit emergency access to ${environment}` }));
    const dialog = page.getByRole('dialog', { name: `Emergency access to ${environment}` });
    await write(page, dialog.getByLabel('People and groups'), 'Dee');
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Remove Dee Veloper' }).waitFor();
    await looks(ada, 'flow-policy');
    await press(page, dialog.getByRole('button', { name: 'Save' }));
    await dialog.waitFor({ state: 'detached' });
    const policy = page.getByRole('listitem').filter({ hasText: environment });
    await policy.getByText('Dee Veloper, for at most 1 hour.').waitFor();
    await keepsFocus(page);
  });

  it('is opened with the own password and told at once, and statements run', async () => {
    const { page } = dee;
    await page.goto('/requests');
    await press(page, page.getByRole('link', { name: 'Emergency access' }));
    await tick(page, page.getByRole('checkbox', { name: new RegExp(`^${database}`) }));
    await write(page, page.getByLabel('Incident'), incident);
    await write(page, page.getByLabel('Reason'), 'Payroll is down');
    await write(page, page.getByLabel('Your password'), 'not my password');
    await page.keyboard.press('Enter');
    await page.getByText(/password is wrong|not your password/i).waitFor();
    await looks(dee, 'flow-emergency');
    await write(page, page.getByLabel('Your password'), password);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/editor/);
    await runs();
    await ada.page.goto('/inbox');
    const told = `Dee Veloper opened by emergency for 30 min: all tables of ${database}, also later ones.`;
    await ada.page.getByText(told).waitFor();
    await ada.page.getByText(`Payroll is down (${incident})`).waitFor();
  });

  /** The editor is there from 1024 px; on a phone the access is used from elsewhere. */
  async function runs(): Promise<void> {
    const { page } = dee;
    if (screen === 'desktop') {
      await run(page, query);
      await result(page).getByText('1 row', { exact: true }).waitFor();
      return;
    }
    const { body: session } = await call(dee, 'POST', '/sessions', { databaseId: stage.ids[database] });
    await statement(dee, session.id, query);
  }

  it('blocks a second one, on the page and at the API, until somebody else has closed its review', async () => {
    const { page } = dee;
    await page.goto('/emergency');
    await page.getByText('Until somebody closes it you cannot open another.').waitFor();
    expect(await page.getByRole('form', { name: 'Open by emergency' }).count()).toBe(0);
    await looks(dee, 'flow-blocked');
    await expect(openAgain()).rejects.toMatchObject({ problem: { code: 'emergency.review_open', status: 409 } });
    await reviewed();
    await page.reload();
    await page.getByLabel('Your password').waitFor();
  });

  /** The same wish once more, without the page. */
  async function openAgain(): Promise<unknown> {
    const client = new ApiClient(stage.url);
    await client.call('POST /sign-in', { body: { email: 'dee.veloper@example.com', password } });
    const [projectId, databaseId] = [stage.ids['HR'] ?? '', stage.ids[database] ?? ''];
    const why = { reason: 'Payroll is down again', incident: 'INC-999' };
    return await client.call('POST /emergency', {
      body: { projectId, databaseIds: [databaseId], minutes: 15, password, ...why },
    });
  }

  async function reviewed(): Promise<void> {
    const { page } = ada;
    await page.goto('/emergency');
    await press(page, page.getByRole('link', { name: 'Dee Veloper' }).first());
    await page.getByRole('definition').filter({ hasText: incident }).waitFor();
    await page.getByText(query).waitFor();
    await page.getByText('It can be reviewed when the access has ended.').waitFor();
    await press(page, page.getByRole('link', { name: 'grant and closure' }));
    await press(page, page.getByRole('button', { name: 'Revoke', exact: true }));
    const dialog = page.getByRole('dialog', { name: 'Revoke this grant' });
    await dialog.getByText(new RegExp(`^Dee Veloper loses .*${database}`)).waitFor();
    await press(page, dialog.getByRole('button', { name: 'Revoke now' }));
    await page.getByText('Closed, proven').waitFor();
    await keepsFocus(page);
    await page.goBack();
    await write(page, page.getByLabel('What you found'), 'One count during the outage, nothing else.');
    await looks(ada, 'flow-review');
    await press(page, page.getByRole('button', { name: 'Close the review' }));
    await page.getByText(/^Closed by Ada Lovelace/).waitFor();
    await keepsFocus(page);
    await tabTo(page, page.getByRole('link', { name: 'grant and closure' }), 'Shift+Tab');
  }
});

describe('access in use', () => {
  it('is left in the editor by Escape and then Tab, however long one takes', async () => {
    const { page } = await stage.at('desktop', 'dee');
    await page.goto(`/editor?database=${stage.ids['hr_prod']}`);
    const text = page.getByRole('textbox', { name: 'SQL', exact: true });
    await text.click();
    await page.keyboard.press('Tab');
    expect(await text.textContent()).toMatch(/^\s+$/);
    await page.keyboard.press('Escape');
    await page.clock.setFixedTime(Date.now() + 60_000);
    await page.keyboard.press('Tab');
    expect(await hasFocus(text)).toBe(false);
  });

  it('left no error on any page', () => {
    stage.leftNoFault();
  });
});
