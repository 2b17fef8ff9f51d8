import type { Page } from 'playwright-core';
import type { Visitor } from './browser.ts';

export async function signIn(visitor: Visitor, email: string, secret: string): Promise<void> {
  const { page } = visitor;
  await page.goto('/');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Result of the last statement, in the editor. */
export const result = (page: Page) => page.getByRole('region', { name: 'Result', exact: true });
/** The request that a refusal fills in. */
export const form = (page: Page) => page.getByRole('form', { name: 'Request access' });

/** Types over the text of the tab and runs it with the keyboard. */
export async function run(page: Page, sql: string): Promise<void> {
  await page.getByRole('textbox', { name: 'SQL', exact: true }).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(sql);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+Enter');
}
