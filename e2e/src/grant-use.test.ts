import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApprovalStage, screens } from './approval-stage.ts';
import type { Visitor } from './browser.ts';
import { call, form, looks, result, run, statement } from './journey-steps.ts';
import { keepsFocus, pick, press, tabTo } from './keyboard.ts';

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
      await page.goto(`/editor?database=${stage.ids['hr_prod']}`);
      await page.getByRole('textbox', { name: 'SQL', exact: true }).waitFor();
      await run(page, salaries);
      await result(page).getByText('5 rows').waitFor();
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
    await looks(dee, 'flow-again');
  });
});

describe('a grant in use', () => {
  it('left no error on any page', () => {
    stage.leftNoFault();
  });
});
