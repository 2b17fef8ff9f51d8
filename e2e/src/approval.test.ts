import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApprovalStage, screens } from './approval-stage.ts';
import type { Visitor } from './browser.ts';
import { form, isScrolling, looks, run } from './journey-steps.ts';
import { keepsFocus, press, tabTo, tick, write } from './keyboard.ts';

const salaries = 'select e.last_name, s.amount from employee e join salary s on s.emp_no = e.emp_no limit 5';

let stage: ApprovalStage;
const ids: Record<string, string> = {};

beforeAll(async () => {
  stage = await ApprovalStage.open();
  await stage.guardProduction();
});
afterAll(() => stage?.close());

const decision = (page: Page) => page.getByRole('region', { name: 'Your decision' });
const steps = (page: Page) => page.getByRole('region', { name: 'Who decides' });

async function decide({ page }: Visitor, requestId: string | undefined): Promise<Page> {
  await page.goto(`/requests/${requestId}`);
  await decision(page).waitFor();
  return page;
}

/** The refused statement fills the request in. */
async function askFromStatement(dee: Visitor): Promise<void> {
  const { page } = dee;
  await page.goto(`/editor?database=${stage.ids['hr_prod']}`);
  await page.getByRole('textbox', { name: 'SQL', exact: true }).waitFor();
  await run(page, salaries);
  await form(page).getByText('environment is Prod').waitFor();
  await form(page)
    .getByText(/Project Owner/)
    .waitFor();
  await page.keyboard.insertText('INC-7: salaries are shown twice');
  expect(await dee.axe()).toEqual([]);
  await page.keyboard.press('Control+Enter');
  await page.getByRole('region', { name: 'Parked statement' }).waitFor();
  await page.getByRole('link', { name: /^Request \d+$/ }).waitFor();
}

async function askByHand(dee: Visitor): Promise<void> {
  const { page } = dee;
  await page.goto(`/requests/new?project=${stage.ids['HR']}&database=${stage.ids['hr_prod']}`);
  for (const table of ['employee', 'salary']) {
    await tick(page, form(page).getByRole('checkbox', { name: new RegExp(`^${table}\\b`) }));
  }
  await form(page).getByText('environment is Prod').waitFor();
  await form(page)
    .getByText(/Project Owner/)
    .waitFor();
  await write(page, form(page).getByLabel('Reason'), 'INC-7: salaries are shown twice');
  await looks(dee, 'flow-ask');
  await press(page, form(page).getByRole('button', { name: 'Send request' }));
  await page.getByRole('heading', { name: /^Request #\d+$/ }).waitFor();
}

describe.each(screens)('a request and its steps by keyboard alone, at the %s', (screen) => {
  let ada: Visitor;
  let grace: Visitor;
  let dee: Visitor;

  beforeAll(async () => {
    ada = await stage.at(screen, 'ada');
    grace = await stage.at(screen, 'grace');
    dee = screen === 'desktop' ? stage.dee : await stage.at(screen, 'dee');
  });

  it('says its risk and who decides before it is sent', async () => {
    await (screen === 'desktop' ? askFromStatement(dee) : askByHand(dee));
  });

  it('the first step approves less', async () => {
    const { page } = ada;
    await page.goto('/requests?view=to_decide');
    const row = page.getByRole('link', { name: /wants to read employee/ });
    await row.waitFor();
    await looks(ada, 'flow-requests');
    await page.keyboard.press('j');
    await tabTo(page, row);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Request #\d+$/ }).waitFor();
    ids[screen] = page.url().split('/').at(-1) ?? '';
    await decision(page).waitFor();
    await looks(ada, 'flow-decision');
    if (screen === 'desktop') {
      await page.setViewportSize({ width: 1280, height: 720 });
      expect(await page.evaluate(isScrolling), 'the decision fits 1280 x 720').toBe(false);
    }
    await press(page, decision(page).getByRole('button', { name: 'Approve less' }));
    const drawer = page.getByRole('dialog', { name: /^Approve less of request/ });
    await tick(page, drawer.getByRole('checkbox', { name: /^salary/ }));
    await looks(ada, 'flow-narrow');
    await press(page, drawer.getByRole('button', { name: 'Approve what is left' }));
    await drawer.waitFor({ state: 'detached' });
    await steps(page).getByText('by Ada Lovelace').waitFor();
    await keepsFocus(page);
  });

  it('the requester sees what was cut, and whom it waits for', async () => {
    const other = await stage.at(screen, 'dee');
    await other.page.goto(`/requests/${ids[screen]}`);
    await other.page
      .getByRole('region', { name: 'What was cut' })
      .getByText(/salary/)
      .waitFor();
    await steps(other.page).getByText('can decide: Grace Hopper').waitFor();
    await looks(other, 'flow-own');
  });

  it('the second step approves', async () => {
    const page = await decide(grace, ids[screen]);
    await press(page, decision(page).getByRole('button', { name: 'Approve', exact: true }));
    await page.getByText('Approved by Grace Hopper').first().waitFor();
    await keepsFocus(page);
    if (screen === 'phone') return;
    // The parked statement says what it still misses.
    await dee.page.getByText('You may not read salary in hr_prod').waitFor();
    expect(await form(dee.page).getByRole('checkbox', { name: 'salary' }).isChecked()).toBe(true);
  });

  it('goes back for changes, and decisions start anew', async () => {
    const { id } = await stage.ask('hr_prod', ['department', 'title'], 'to see');
    ids[`${screen} changes`] = id;
    let page = await decide(ada, id);
    await page.keyboard.press('a');
    await steps(page).getByText('by Ada Lovelace').waitFor();
    page = await decide(grace, id);
    await page.keyboard.press('c');
    await page.keyboard.type('Which incident is it for?');
    await press(page, page.getByRole('button', { name: 'Ask for changes' }));
    await page.getByText('changes wanted').first().waitFor();
    page = dee.page;
    await page.goto(`/requests/${id}`);
    await page.getByText('Changes are wanted: it waits for you.').waitFor();
    await looks(dee, 'flow-changes');
    await press(page, page.getByRole('button', { name: 'Change', exact: true }));
    const drawer = page.getByRole('dialog', { name: /^Change request/ });
    await drawer.getByText('Approvals that were given do not count any more.').waitFor();
    await write(page, drawer.getByLabel('Reason'), 'INC-8: departments without a head');
    await looks(dee, 'flow-edit');
    await page.keyboard.press('Control+Enter');
    await drawer.waitFor({ state: 'detached' });
    await steps(page).getByText('can decide: Ada Lovelace').waitFor();
    await keepsFocus(page);
  });

  it('is rejected with a reason, and asked for again', async () => {
    let page = await decide(ada, ids[`${screen} changes`]);
    await page.keyboard.press('c');
    await page.keyboard.type('Take hr_test for this.');
    await page.keyboard.press('Escape');
    await page.keyboard.press('d');
    await page.getByText('Rejected by Ada Lovelace').waitFor();
    page = dee.page;
    await page.getByText('Take hr_test for this.').first().waitFor();
    await press(page, page.getByRole('link', { name: 'Request again' }));
    await page.getByRole('heading', { name: 'Request Querier Role' }).waitFor();
    await expect.poll(() => page.getByLabel('Reason').inputValue()).toBe('INC-8: departments without a head');
  });
});

describe('a request and its steps', () => {
  it('left no error on any page', () => {
    stage.leftNoFault();
  });
});
