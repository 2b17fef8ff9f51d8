import { type RunningTidegate, startTidegate } from '@tidegate/test-servers';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, Visitor } from './browser.ts';

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

/** Run in the page: how what has the focus is called. */
const focusedName = `(() => {
  const { activeElement: element } = document;
  const name = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
  return name.trim();
})()`;

/** Tabs to what has this name, as somebody without a mouse does. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    const focused = String(await page.evaluate(focusedName));
    if (typeof name === 'string' ? focused === name : name.test(focused)) return;
  }
  throw new Error(`No way by keyboard to ${name}.`);
}

describe('the Risk Center', () => {
  it('a rule is written as sentences, by keyboard alone, with its CEL beside it', async () => {
    const { page } = admin;
    await page.goto('/');
    await page.getByRole('link', { name: 'Risk Center' }).press('Enter');
    await page.getByRole('button', { name: 'Add rule' }).press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('Production is high');
    await tabTo(page, 'Value');
    await page.keyboard.type('Prod');
    await tabTo(page, 'Add condition');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.type('labels');
    expect(await page.getByLabel('Condition (CEL)').inputValue()).toBe('environment.name == "Prod" && "" in labels');
    await tabTo(page, 'Value');
    await page.keyboard.type('pii');
    expect(await page.getByLabel('Condition (CEL)').inputValue()).toBe('environment.name == "Prod" && "pii" in labels');
    expect(await admin.axe()).toEqual([]);
    await tabTo(page, 'Replay the last 30 days');
    await page.keyboard.press('Enter');
    await page.getByText('There were no such requests in the last 30 days.').waitFor();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByText('environment is Prod and labels include pii').waitFor();
    expect(await names(page)).toEqual(['Production is high', 'Everything else']);
  });

  it('what sentences cannot say is edited as text, and a fault is named with its place', async () => {
    const { page } = admin;
    await page.getByRole('button', { name: 'Edit Production is high' }).click();
    const text = page.getByLabel('Condition (CEL)');
    await text.fill('environment.nme == "Prod"');
    await page.getByText('Line 1, column 12: There is no attribute environment.nme.').waitFor();
    await page.getByRole('button', { name: 'Save rule' }).click();
    await page.getByText('There is no attribute environment.nme. (line 1, column 12)').waitFor();
    await text.fill('environment.name == "Prod" && size(tables) > 3');
    await page.getByText('This condition has no sentence').waitFor();
    await text.fill('environment.name == "Prod" || number_of_tables > 3');
    await page.getByLabel('How these are joined').waitFor();
    expect(await page.getByLabel('How these are joined').inputValue()).toBe('any');
    await page.getByRole('button', { name: 'Save rule' }).click();
    await page.getByText('environment is Prod or number of tables is more than 3').waitFor();
  });

  it('rules are put in order with the arrow keys and by dragging, and switched off', async () => {
    const { page } = admin;
    await page.getByRole('button', { name: /^Place 1: Production is high/ }).press('ArrowDown');
    await expect.poll(() => names(page)).toEqual(['Everything else', 'Production is high']);
    const grip = page.getByRole('button', { name: /^Place 2: Production is high/ });
    await grip.dragTo(page.getByRole('button', { name: /^Place 1: Everything else/ }));
    await expect.poll(() => names(page)).toEqual(['Production is high', 'Everything else']);
    const box = page.getByLabel('Production is high is on');
    await box.click();
    await expect.poll(() => box.isChecked()).toBe(false);
    await box.click();
    await expect.poll(() => box.isChecked()).toBe(true);
  });

  it('is readable on a phone and in both themes, and nothing there hinders anybody', async () => {
    for (const [screen, theme] of [
      ['desktop', 'dark'],
      ['phone', 'light'],
      ['phone', 'dark'],
    ] as const) {
      const other = await admin.also(browser, tidegate.url, screen, theme);
      await other.page.goto('/risk');
      await other.page.getByText('environment is Prod or number of tables').waitFor();
      expect(await other.axe(), `${screen} ${theme}`).toEqual([]);
      const width = Number(await other.page.evaluate('document.documentElement.scrollWidth - innerWidth'));
      expect(width, `${screen} ${theme}`).toBeLessThanOrEqual(0);
      await other.page.getByRole('button', { name: 'Edit Production is high' }).click();
      await other.page.getByLabel('Condition (CEL)').waitFor();
      expect(await other.axe(), `${screen} ${theme}`).toEqual([]);
      expect(other.faults).toEqual([]);
      await other.leave();
    }
  });

  it('what deleting a rule would do is said before', async () => {
    const { page } = admin;
    await page.getByRole('button', { name: 'Delete Production is high' }).click();
    await page.getByText('There were no such requests in the last 30 days.').waitFor();
    await page.getByRole('button', { name: 'Delete rule' }).click();
    await expect.poll(() => names(page)).toEqual(['Everything else']);
    expect(admin.faults).toEqual([]);
  });
});
