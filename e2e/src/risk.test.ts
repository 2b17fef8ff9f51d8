import { type RunningTidegate, startTidegate } from '@tidegate/test-servers';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, Visitor } from './browser.ts';
import { choose, goTo, keepsFocus, press, tabTo, tick, write } from './keyboard.ts';

let browser: Browser;
let tidegate: RunningTidegate;
let admin: Visitor;

beforeAll(async () => {
  [browser, tidegate] = await Promise.all([startBrowser(), startTidegate()]);
  admin = await Visitor.enter(browser, tidegate.url);
  const { page } = admin;
  await page.goto('/');
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByLabel('Password').fill('a long enough password');
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByRole('heading', { name: 'Home' }).waitFor();
});
afterAll(async () => {
  await admin?.leave();
  await browser?.close();
  await tidegate?.stop();
});

const names = (page: Page) =>
  page
    .getByRole('list', { name: 'Rules for Request Querier Role' })
    .getByRole('listitem')
    .getByRole('checkbox')
    .evaluateAll((boxes) => boxes.map((box) => box.getAttribute('aria-label')?.replace(' is on', '')));

describe('the Risk Center', () => {
  it('a rule is written as sentences, by keyboard alone, with its CEL beside it', async () => {
    const { page } = admin;
    await page.goto('/');
    await goTo(admin, 'Risk Center');
    await press(page, page.getByRole('button', { name: 'Add rule' }).first());
    const drawer = page.getByRole('dialog', { name: /^Add rule/ });
    const text = drawer.getByLabel('Condition (CEL)');
    await write(page, drawer.getByLabel('Name'), 'Production is high');
    await write(page, drawer.getByLabel('Value'), 'Prod');
    await press(page, drawer.getByRole('button', { name: 'Add condition' }));
    await choose(page, drawer.getByLabel('Attribute').last(), 'labels');
    expect(await text.inputValue()).toBe('environment.name == "Prod" && "" in labels');
    await write(page, drawer.getByLabel('Value').last(), 'pii');
    expect(await text.inputValue()).toBe('environment.name == "Prod" && "pii" in labels');
    expect(await admin.axe()).toEqual([]);
    await press(page, drawer.getByRole('button', { name: 'Replay the last 30 days' }));
    await drawer.getByText('There were no such requests in the last 30 days.').waitFor();
    await press(page, drawer.getByRole('button', { name: 'Add rule' }));
    await drawer.waitFor({ state: 'detached' });
    await page.getByText('environment is Prod and labels include pii').waitFor();
    await keepsFocus(page);
    expect(await names(page)).toEqual(['Production is high', 'Everything else']);
  });

  it('what sentences cannot say is edited as text, and a fault is named with its place', async () => {
    const { page } = admin;
    await press(page, page.getByRole('button', { name: 'Edit Production is high' }));
    const drawer = page.getByRole('dialog', { name: 'Production is high' });
    const text = drawer.getByLabel('Condition (CEL)');
    await write(page, text, 'environment.nme == "Prod"');
    await drawer.getByText('Line 1, column 12: There is no attribute environment.nme.').waitFor();
    await press(page, drawer.getByRole('button', { name: 'Save rule' }));
    await drawer.getByText('There is no attribute environment.nme. (line 1, column 12)').waitFor();
    await write(page, text, 'environment.name == "Prod" && size(tables) > 3');
    await drawer.getByText('This condition has no sentence').waitFor();
    await write(page, text, 'environment.name == "Prod" || number_of_tables > 3');
    await drawer.getByLabel('How these are joined').waitFor();
    expect(await drawer.getByLabel('How these are joined').inputValue()).toBe('any');
    await press(page, drawer.getByRole('button', { name: 'Save rule' }));
    await page.getByText('environment is Prod or number of tables is more than 3').waitFor();
    await drawer.waitFor({ state: 'detached' });
    await keepsFocus(page);
  });

  it('rules are put in order with the arrow keys and by dragging, and switched off', async () => {
    const { page } = admin;
    await tabTo(page, page.getByRole('button', { name: /^Place 1: Production is high/ }));
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => names(page)).toEqual(['Everything else', 'Production is high']);
    const grip = page.getByRole('button', { name: /^Place 2: Production is high/ });
    await grip.dragTo(page.getByRole('button', { name: /^Place 1: Everything else/ }));
    await expect.poll(() => names(page)).toEqual(['Production is high', 'Everything else']);
    const box = page.getByLabel('Production is high is on');
    await tick(page, box);
    await tick(page, box);
  });

  it('what deleting a rule would do is said before', async () => {
    const { page } = admin;
    await press(page, page.getByRole('button', { name: 'Delete Production is high' }));
    const dialog = page.getByRole('dialog');
    await dialog.getByText('There were no such requests in the last 30 days.').waitFor();
    await press(page, dialog.getByRole('button', { name: 'Delete rule' }));
    await expect.poll(() => names(page)).toEqual(['Everything else']);
    await dialog.waitFor({ state: 'detached' });
    await keepsFocus(page);
    expect(admin.faults).toEqual([]);
  });
});
