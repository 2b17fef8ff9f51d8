import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { type Screen, Visitor } from './browser.ts';

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

interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: the server checks its answers against the contract; this reads into them.
  readonly body: any;
}

/** A call of the API as the page's person. */
export async function call(
  { page }: Visitor,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH',
  path: string,
  data?: object,
): Promise<Answer> {
  const headers = { 'sec-fetch-site': 'same-origin' };
  const answer = await page.request.fetch(`/api/v1${path}`, { method, headers, ...(data && { data }) });
  const body = await answer.json();
  if (!answer.ok()) throw new Error(`${method} ${path}: ${JSON.stringify(body)}`);
  return { body };
}

/** Runs a statement from elsewhere than the editor: the lines of the answer. */
export async function statement({ page }: Visitor, sessionId: string, text: string): Promise<string> {
  const headers = { 'sec-fetch-site': 'same-origin' };
  const answer = await page.request.post(`/api/v1/sessions/${sessionId}/statements`, { data: { text }, headers });
  const lines = await answer.text();
  if (!answer.ok()) throw new Error(`${text}: ${lines}`);
  return lines;
}

/** What stands there, in both themes: without a serious finding, and not too wide; at the visitor's screen or at these. */
export async function looks(visitor: Visitor, name: string, screens?: readonly Screen[]): Promise<void> {
  const { page, screen } = visitor;
  for (const size of screens ?? [screen]) {
    await visitor.resize(size);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await visitor.axe(), `${name} ${size} ${colorScheme}`).toEqual([]);
      const isTooWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
      expect(isTooWide, `${name} is wider than the ${size}`).toBe(false);
      await visitor.picture(`${name}-${size}-${colorScheme}`);
    }
  }
  await visitor.resize(screen);
}

/** A person with a password of his own, signed in. */
export async function addPerson(
  browser: Browser,
  admin: Visitor,
  { name, roles, password }: { name: string; roles: readonly string[]; password: string },
): Promise<Visitor> {
  const email = `${name.toLowerCase().replace(' ', '.')}@example.com`;
  const firstPassword = 'first password';
  await call(admin, 'POST', '/people', { name, email, roles, firstPassword });
  const url = new URL(admin.page.url()).origin;
  const first = await Visitor.enter(browser, url);
  await call(first, 'POST', '/sign-in', { email, password: firstPassword });
  await call(first, 'POST', '/me/password', { current: firstPassword, next: password });
  await first.leave();
  const visitor = await Visitor.enter(browser, url);
  await call(visitor, 'POST', '/sign-in', { email, password });
  return visitor;
}

/** Run in the page: whether anything that holds the whole screen has to be scrolled. */
export const isScrolling = `[document.documentElement, ...document.querySelectorAll('main, main > div')]
  .some((element) => element.scrollHeight > element.clientHeight + 1)`;
