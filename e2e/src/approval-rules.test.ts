import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApprovalStage, screens } from './approval-stage.ts';
import type { Visitor } from './browser.ts';
import { call, form, looks } from './journey-steps.ts';
import { choose, goTo, keepsFocus, pick, press, tabTo, tick, write } from './keyboard.ts';

let stage: ApprovalStage;
let ada: Visitor;

beforeAll(async () => {
  stage = await ApprovalStage.open();
  await stage.askInVain('hr_prod');
  await stage.askInVain('hr_test');
});
afterAll(() => stage?.close());

/** What is set at each screen. */
const wanted = {
  desktop: { environment: 'Prod', level: 'high', flow: 'Owner, then DBA', database: 'hr_prod' },
  phone: { environment: 'Test', level: 'moderate', flow: 'DBA after the owner', database: 'hr_test' },
} as const;

describe.each(screens)('by keyboard alone, at the %s', (screen) => {
  const { environment, level, flow, database } = wanted[screen];

  beforeAll(async () => {
    ada = await stage.at(screen, 'ada');
  });

  it('a rule says by sentences how risky an environment is', async () => {
    const { page } = ada;
    await page.goto('/');
    await goTo(ada, 'Risk Center');
    await press(page, page.getByRole('button', { name: 'Add rule' }).first());
    const drawer = page.getByRole('dialog', { name: 'Add rule for Request Querier Role' });
    await write(page, drawer.getByLabel('Name'), `${environment} is ${level}`);
    await write(page, drawer.getByLabel('Value'), environment);
    await pick(page, drawer.getByRole('group', { name: 'Level when it matches' }), level);
    await press(page, drawer.getByRole('button', { name: 'Replay the last 30 days' }));
    await drawer.getByText(/^Of the \d+ requests of the last 30 days 1 would get another level\.$/).waitFor();
    await looks(ada, 'flow-rule');
    await press(page, drawer.getByRole('button', { name: 'Add rule' }));
    await drawer.waitFor({ state: 'detached' });
    await page.getByText(`environment is ${environment}`, { exact: true }).waitFor();
    await keepsFocus(page);
    await looks(ada, 'flow-rules');
  });

  it('a flow has an owner and then a DBA decide', async () => {
    const { page } = ada;
    await goTo(ada, 'Custom Approval');
    await press(page, page.getByRole('button', { name: 'Add flow' }));
    const drawer = page.getByRole('dialog', { name: 'Add flow' });
    await write(page, drawer.getByLabel('Name'), flow);
    await press(page, drawer.getByRole('button', { name: 'Add step' }));
    const second = drawer.getByRole('group', { name: 'Step 2' });
    await second.waitFor();
    await tick(page, second.getByLabel('Project Owner'));
    await tick(page, second.getByLabel('Workspace DBA'));
    await choose(page, drawer.getByLabel('Extensions of a grant in use'), '1 hour');
    await looks(ada, 'flow-drawer');
    await press(page, drawer.getByRole('button', { name: 'Add flow' }));
    await drawer.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: `Edit ${flow}` }).waitFor();
    await keepsFocus(page);
  });

  it('a cell of the matrix is set, replayed and saved', async () => {
    const number = await stage.askInVain(database);
    const { page } = ada;
    const cell = page.getByLabel(`Request Querier Role at ${level} risk`);
    await choose(page, cell, flow);
    await press(page, page.getByRole('button', { name: 'Replay the last 30 days' }));
    const replay = page.getByRole('region', { name: 'Replay' });
    await replay.getByText(/^Of the last 30 days/).waitFor();
    await tabTo(page, replay.getByRole('link', { name: `#${number}` }));
    await looks(ada, 'flow-matrix');
    if (screen === 'desktop') await ada.picture('custom-approval');
    const save = page.getByRole('button', { name: 'Save changes' });
    await press(page, save);
    await save.waitFor({ state: 'detached' });
    expect(await cell.locator('option:checked').textContent()).toBe(flow);
    const { matrix, flows } = (await call(ada, 'GET', '/approval')).body;
    const { id } = flows.find(({ name }: { name: string }) => name === flow);
    expect(matrix).toContainEqual({ source: 'read', level, flowId: id });
    await keepsFocus(page);
  });
});

describe('what nobody could decide', () => {
  const cellOf = (flowId: string | null) => ({ cells: [{ source: 'read', level: 'moderate', flowId }] });

  it('cannot be sent, and the form says who has to mend what', async () => {
    const { body: group } = await call(ada, 'POST', '/groups', { name: 'Security' });
    const step = { deciders: [{ kind: 'group', id: group.id }] };
    const flow = { name: 'Security first', kind: 'steps', steps: [step] };
    const { body: added } = await call(ada, 'POST', '/approval/flows', flow);
    await call(ada, 'PUT', '/approval/matrix', cellOf(added.id));
    const dee = await stage.at('phone', 'dee');
    const { page } = dee;
    await page.goto(`/requests/new?project=${stage.ids['HR']}&database=${stage.ids['hr_test']}`);
    await tick(page, page.getByRole('checkbox', { name: /^hr_test/ }));
    await form(page)
      .getByText(/Step 1 of the flow “Security first” asks for group Security: nobody is that/)
      .waitFor();
    await form(page)
      .getByText(/A Workspace Admin has to add somebody under Users & Groups/)
      .waitFor();
    expect(await form(page).getByRole('button', { name: 'Send request' }).isDisabled()).toBe(true);
    await looks(dee, 'flow-nobody');
    await call(ada, 'PUT', '/approval/matrix', cellOf(null));
    await page.reload();
    await form(page)
      .getByText(/Custom Approval/)
      .waitFor();
    await looks(dee, 'flow-none');
  });

  it('left no error on any page', () => {
    stage.leftNoFault();
  });
});
