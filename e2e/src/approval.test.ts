import { type RunningTidegate, startTidegate } from '@tidegate/test-servers';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, Visitor } from './browser.ts';
import { addPerson, call, form, isScrolling, looks, result, run, tabTo } from './journey-steps.ts';

const password = 'a long enough password';
const salaries = 'select e.last_name, s.amount from employee e join salary s on s.emp_no = e.emp_no limit 5';

let browser: Browser;
let tidegate: RunningTidegate;
let ada: Visitor;
let grace: Visitor;
let dee: Visitor;
const visitors: Visitor[] = [];
const ids: Record<string, string> = {};

async function add(name: string, roles: readonly string[]): Promise<Visitor> {
  const visitor = await addPerson(browser, ada, { name, roles, password });
  visitors.push(visitor);
  return visitor;
}

/** Asks as Dee, for what has been shown elsewhere how to ask. */
async function ask(database: string, tables: readonly string[], reason: string): Promise<string> {
  const items = tables.map((table) => ({ databaseId: ids[database], schema: 'public', table }));
  const { body } = await call(dee, 'POST', '/requests', {
    ...{ projectId: ids['HR'], scope: { kind: 'items', items }, privileges: ['read'], reason },
    expiry: { kind: 'after', minutes: 60 },
  });
  return body.id;
}

/** Something in the past, to be replayed. */
async function askInVain(): Promise<void> {
  const past = await ask('hr_prod', ['title'], 'Can wait');
  await call(dee, 'POST', `/requests/${past}/withdraw`);
}

beforeAll(async () => {
  [browser, tidegate] = await Promise.all([startBrowser(), startTidegate()]);
  ada = await Visitor.enter(browser, tidegate.url);
  visitors.push(ada);
  const me = { name: 'Ada Lovelace', email: 'ada@example.com', password, withSamples: true };
  await call(ada, 'POST', '/register', me);
  await ada.page.goto('/');
  grace = await add('Grace Hopper', ['workspace_dba']);
  dee = await add('Dee Veloper', ['project_developer']);
  await ada.page.getByRole('button', { name: 'Continue as dev' }).waitFor({ timeout: 110_000 });
  for (const { id, name } of (await call(ada, 'GET', '/databases')).body.items) ids[name] = id;
  ids['HR'] = (await call(ada, 'GET', '/projects')).body.items[0].id;
  await askInVain();
});

afterAll(async () => {
  await Promise.all(visitors.map((visitor) => visitor.leave()));
  await browser?.close();
  await tidegate?.stop();
});

const decision = (page: Page) => page.getByRole('region', { name: 'Your decision' });
const steps = (page: Page) => page.getByRole('region', { name: 'Who decides' });

async function decide(visitor: Visitor, requestId: string): Promise<Page> {
  await visitor.page.goto(`/requests/${requestId}`);
  await decision(visitor.page).waitFor();
  return visitor.page;
}

describe('risk rule and custom approval', () => {
  it('a rule says by sentences that production is high', async () => {
    const { page } = ada;
    await page.goto('/');
    await page.getByRole('link', { name: 'Risk Center' }).press('Enter');
    await page.getByRole('button', { name: 'Add rule' }).press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('Production is high');
    await tabTo(page, 'Value');
    await page.keyboard.type('Prod');
    await tabTo(page, 'Replay the last 30 days');
    await page.keyboard.press('Enter');
    await page.getByText('Of the one request of the last 30 days 1 would get another level.').waitFor();
    await looks(ada, 'flow-rule');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByText('environment is Prod', { exact: true }).waitFor();
  });

  it('a flow has an owner and then a DBA decide', async () => {
    const { page } = ada;
    await page.getByRole('link', { name: 'Custom Approval' }).press('Enter');
    await page.getByRole('button', { name: 'Add flow' }).press('Enter');
    await page.getByRole('dialog', { name: 'Add flow' }).waitFor();
    await page.keyboard.type('Owner, then DBA');
    await tabTo(page, 'Add step');
    await page.keyboard.press('Enter');
    const second = page.getByRole('group', { name: 'Step 2' });
    await second.getByLabel('Project Owner').press('Space');
    await second.getByLabel('Workspace DBA').press('Space');
    await page.getByLabel('Extensions of a grant in use').selectOption({ value: '60' });
    await looks(ada, 'flow-drawer');
    await page.getByRole('button', { name: 'Add flow' }).last().press('Enter');
    await page.getByRole('button', { name: 'Edit Owner, then DBA' }).waitFor();
  });

  it('a cell of the matrix is set, replayed and saved', async () => {
    await askInVain();
    const { page } = ada;
    const cell = page.getByLabel('Request Querier Role at high risk');
    await cell.focus();
    await page.keyboard.type('Owner, then');
    await tabTo(page, 'Replay the last 30 days');
    await page.keyboard.press('Enter');
    const replay = page.getByRole('region', { name: 'Replay' });
    await replay.getByText(/^Of the last 30 days/).waitFor();
    await replay.getByRole('link', { name: '#2' }).waitFor();
    await looks(ada, 'flow-matrix');
    await ada.picture('custom-approval');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Save changes' }).waitFor({ state: 'detached' });
    expect(await cell.locator('option:checked').textContent()).toBe('Owner, then DBA');
  });
});

describe('a request and its steps', () => {
  it('the refused statement fills it in, with its risk and who decides', async () => {
    const { page } = dee;
    await page.goto(`/editor?database=${ids['hr_prod']}`);
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
  });

  it('the first step approves less, by keyboard', async () => {
    const { page } = ada;
    await page.goto('/requests?view=to_decide');
    await page.getByRole('link', { name: /wants to read employee/ }).waitFor();
    await looks(ada, 'flow-requests');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Request #3' }).waitFor();
    ids['first'] = page.url().split('/').at(-1) ?? '';
    await looks(ada, 'flow-decision');
    await page.setViewportSize({ width: 1280, height: 720 });
    expect(await page.evaluate(isScrolling), 'the decision fits 1280 x 720').toBe(false);
    await page.keyboard.press('e');
    const drawer = page.getByRole('dialog', { name: 'Approve less of request #3' });
    await drawer.waitFor();
    await tabTo(page, /^salary/);
    await page.keyboard.press('Space');
    await looks(ada, 'flow-narrow');
    await tabTo(page, 'Approve what is left');
    await page.keyboard.press('Enter');
    await drawer.waitFor({ state: 'hidden' });
    await steps(page).getByText('by Ada Lovelace').waitFor();
  });

  it('the requester sees what was cut, and whom it waits for', async () => {
    const other = await dee.also(browser, tidegate.url, 'desktop', 'light');
    await other.page.goto(`/requests/${ids['first']}`);
    await other.page
      .getByRole('region', { name: 'What was cut' })
      .getByText(/salary/)
      .waitFor();
    await steps(other.page).getByText('can decide: Grace Hopper').waitFor();
    await looks(other, 'flow-own');
    expect(other.faults).toEqual([]);
    await other.leave();
  });

  it('the second step approves, and the statement says what it still misses', async () => {
    const page = await decide(grace, ids['first'] ?? '');
    await looks(grace, 'flow-second');
    await page.keyboard.press('a');
    await page.getByText('Approved by Grace Hopper').first().waitFor();
    await dee.page.getByText('You may not read salary in hr_prod').waitFor();
    expect(await form(dee.page).getByRole('checkbox', { name: 'salary' }).isChecked()).toBe(true);
  });
});

describe('a request that does not go straight through', () => {
  it('goes back for changes, and decisions start anew', async () => {
    ids['second'] = await ask('hr_prod', ['department', 'title'], 'to see');
    let page = await decide(ada, ids['second']);
    await page.keyboard.press('a');
    await steps(page).getByText('by Ada Lovelace').waitFor();
    page = await decide(grace, ids['second']);
    await page.keyboard.press('c');
    await page.keyboard.type('Which incident is it for?');
    await tabTo(page, 'Ask for changes');
    await page.keyboard.press('Enter');
    await page.getByText('changes wanted').first().waitFor();
    page = dee.page;
    await page.goto(`/requests/${ids['second']}`);
    await page.getByText('Changes are wanted: it waits for you.').waitFor();
    await looks(dee, 'flow-changes');
    await page.getByRole('button', { name: 'Change', exact: true }).press('Enter');
    const drawer = page.getByRole('dialog', { name: /^Change request/ });
    await drawer.getByText('Approvals that were given do not count any more.').waitFor();
    await drawer.getByLabel('Reason').fill('INC-8: departments without a head');
    await looks(dee, 'flow-edit');
    await drawer.getByLabel('Reason').press('Control+Enter');
    await drawer.waitFor({ state: 'hidden' });
    await steps(page).getByText('can decide: Ada Lovelace').waitFor();
  });

  it('is rejected with a reason, and asked for again', async () => {
    let page = await decide(ada, ids['second'] ?? '');
    await page.keyboard.press('c');
    await page.keyboard.type('Take hr_test for this.');
    await page.keyboard.press('Escape');
    await page.keyboard.press('d');
    await page.getByText('Rejected by Ada Lovelace').waitFor();
    page = dee.page;
    await page.getByText('Take hr_test for this.').first().waitFor();
    await looks(dee, 'flow-rejected');
    await page.getByRole('link', { name: 'Request again' }).press('Enter');
    await page.getByRole('heading', { name: 'Request Querier Role' }).waitFor();
    await expect.poll(() => page.getByLabel('Reason').inputValue()).toBe('INC-8: departments without a head');
  });
});

describe('a grant in use', () => {
  it('is extended from the editor within what the flow allows, at once', async () => {
    ids['third'] = await ask('hr_prod', ['employee', 'salary', 'title'], 'INC-9');
    for (const visitor of [ada, grace]) {
      const page = await decide(visitor, ids['third']);
      await page.keyboard.press('a');
      await decision(page).waitFor({ state: 'detached' });
    }
    const { page } = dee;
    await page.goto(`/editor?database=${ids['hr_prod']}`);
    await page.getByRole('textbox', { name: 'SQL', exact: true }).waitFor();
    await run(page, salaries);
    await result(page).getByText('5 rows').waitFor();
    await page.getByRole('button', { name: 'More time' }).press('Enter');
    await page
      .getByRole('dialog', { name: 'More time' })
      .getByText(/^Until .* instead of/)
      .waitFor();
    expect(await dee.axe()).toEqual([]);
    await page.keyboard.type('it takes longer');
    await page.keyboard.press('Enter');
    await page.getByText(/^You have more time, until/).waitFor();
  });

  it('is asked for beyond that, from its page, and shown to the approver with its use', async () => {
    const { body } = await call(dee, 'GET', `/requests/${ids['third']}`);
    let { page } = dee;
    await page.goto(`/grants/${body.grantId}`);
    ids['grant'] = body.grantId;
    await page.getByRole('button', { name: 'More time' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'More time' });
    await dialog.getByRole('radio', { name: '4h' }).press('Space');
    await dialog.getByRole('button', { name: 'Ask for more time' }).press('Enter');
    await page.getByText(/^Request #\d+ is sent. You stay connected meanwhile.$/).waitFor();
    page = ada.page;
    await page.goto('/requests?view=to_decide');
    await page
      .getByRole('link', { name: /Dee Veloper wants/ })
      .first()
      .press('Enter');
    await page
      .getByRole('region', { name: 'Grant in use' })
      .getByText(/Used so far: 1 statement, 5 rows/)
      .waitFor();
    await looks(ada, 'flow-renewal');
  });

  it('is revoked with its effect shown, and asked for again with what was used', async () => {
    await dee.page.goto(`/editor?database=${ids['hr_prod']}`);
    await run(dee.page, salaries);
    await result(dee.page).getByText('5 rows').waitFor();
    let { page } = ada;
    await page.goto(`/grants/${ids['grant']}`);
    await page.getByRole('button', { name: 'Revoke', exact: true }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Revoke this grant' });
    await dialog.getByText(/1 open session will be ended/).waitFor();
    await looks(ada, 'flow-revoke');
    await tabTo(page, 'Revoke now');
    await page.keyboard.press('Enter');
    await page.getByText('Closed, proven').waitFor();
    page = dee.page;
    await page.goto(`/requests/${ids['third']}`);
    await page.getByRole('link', { name: 'Request again' }).press('Enter');
    await page.getByRole('button', { name: 'Ask only for what was used' }).press('Enter');
    await form(page)
      .getByText(/You want to read employee and salary in hr_prod/)
      .waitFor();
  });
});

describe('what nobody could decide', () => {
  const low = { source: 'read', level: 'low' };

  it('cannot be sent, and the form says who has to mend what', async () => {
    const { body: group } = await call(ada, 'POST', '/groups', { name: 'Security' });
    const step = { deciders: [{ kind: 'group', id: group.id }] };
    const flow = { name: 'Security first', kind: 'steps', steps: [step] };
    const { body: added } = await call(ada, 'POST', '/approval/flows', flow);
    await call(ada, 'PUT', '/approval/matrix', { cells: [{ ...low, flowId: added.id }] });
    const { page } = dee;
    await page.goto(`/requests/new?project=${ids['HR']}&database=${ids['hr_test']}`);
    await page.getByRole('checkbox', { name: /^hr_test/ }).press('Space');
    await form(page)
      .getByText(/Step 1 of the flow “Security first” asks for group Security: nobody is that/)
      .waitFor();
    await form(page)
      .getByText(/A Workspace Admin has to add somebody under Users & Groups/)
      .waitFor();
    expect(await form(page).getByRole('button', { name: 'Send request' }).isDisabled()).toBe(true);
    await looks(dee, 'flow-nobody');
    await call(ada, 'PUT', '/approval/matrix', { cells: [{ ...low, flowId: null }] });
    await page.reload();
    await page.getByText(/Custom Approval/).waitFor();
    await looks(dee, 'flow-none');
  });
});

describe('emergency access', () => {
  it('is opened to those whom a policy names', async () => {
    const { page } = ada;
    await page.goto('/approval');
    await page.getByRole('button', { name: 'Edit emergency access to Prod' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Emergency access to Prod' });
    await dialog.getByLabel('People and groups').fill('Dee');
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Remove Dee Veloper' }).waitFor();
    await looks(ada, 'flow-policy');
    await dialog.getByRole('button', { name: 'Save' }).press('Enter');
    await page.getByText('Dee Veloper, for at most 1 hour.').waitFor();
  });

  it('is opened with the own password and told at once, and statements run', async () => {
    const { page } = dee;
    await page.goto('/requests');
    await page.getByRole('link', { name: 'Emergency access' }).press('Enter');
    await page.getByRole('checkbox', { name: /^hr_prod/ }).press('Space');
    await page.getByLabel('Incident').fill('INC-911');
    await page.getByLabel('Reason').fill('Payroll is down');
    await page.getByLabel('Your password').fill('not my password');
    await page.keyboard.press('Enter');
    await page
      .getByText(/password is wrong|not your password/i)
      .first()
      .waitFor();
    await looks(dee, 'flow-emergency');
    await page.getByLabel('Your password').fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: 'SQL', exact: true }).waitFor();
    await run(page, 'select count(*) from salary');
    await result(page).getByText('1 row', { exact: true }).waitFor();
    await ada.page.goto('/inbox');
    await ada.page
      .getByText('Dee Veloper opened by emergency for 30 min: all tables of hr_prod, also later ones.')
      .waitFor();
    await ada.page.getByText('Payroll is down (INC-911)').waitFor();
  });

  it('blocks a second one until somebody else has closed its review', async () => {
    let { page } = dee;
    await page.goto('/emergency');
    await page.getByText('Until somebody closes it you cannot open another.').waitFor();
    await looks(dee, 'flow-blocked');
    page = ada.page;
    await page.goto('/emergency');
    await page.getByRole('link', { name: 'Dee Veloper' }).press('Enter');
    await page.getByText('select count(*) from salary').waitFor();
    await page.getByText('It can be reviewed when the access has ended.').waitFor();
    await page.getByRole('link', { name: 'grant and closure' }).press('Enter');
    await page.getByRole('button', { name: 'Revoke', exact: true }).press('Enter');
    await page.getByRole('button', { name: 'Revoke now' }).press('Enter');
    await page.getByText('Closed, proven').waitFor();
    await page.goBack();
    await page.getByLabel('What you found').fill('One count during the outage, nothing else.');
    await looks(ada, 'flow-review');
    await tabTo(page, 'Close the review');
    await page.keyboard.press('Enter');
    await page.getByText(/^Closed by Ada Lovelace/).waitFor();
    page = dee.page;
    await page.reload();
    await page.getByLabel('Your password').waitFor();
  });

  it('left no error on any page', () => {
    expect(visitors.flatMap((visitor) => visitor.faults)).toEqual([]);
  });
});
