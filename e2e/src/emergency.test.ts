import { ApiClient } from '@tidegate/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApprovalStage, password, screens } from './approval-stage.ts';
import type { Visitor } from './browser.ts';
import { call, looks, result, run, statement } from './journey-steps.ts';
import { keepsFocus, press, tabTo, tick, write } from './keyboard.ts';

let stage: ApprovalStage;

beforeAll(async () => {
  stage = await ApprovalStage.open();
});
afterAll(() => stage?.close());

/** What is opened at each screen. */
const wanted = {
  desktop: { environment: 'Prod', database: 'hr_prod', incident: 'INC-911' },
  phone: { environment: 'Test', database: 'hr_test', incident: 'INC-912' },
} as const;

const query = 'select count(*) from salary';

describe.each(screens)('emergency access by keyboard alone, at the %s', (screen) => {
  const { environment, database, incident } = wanted[screen];
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

describe('emergency access', () => {
  it('left no error on any page', () => {
    stage.leftNoFault();
  });
});
