import { type RunningTidegate, startTidegate } from '@tidegate/test-servers';
import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, Visitor } from './browser.ts';
import { call } from './journey-steps.ts';

const events = '**/api/v1/events?*';

let browser: Browser;
let tidegate: RunningTidegate;
let ada: Visitor;

beforeAll(async () => {
  [browser, tidegate] = await Promise.all([startBrowser(), startTidegate()]);
  ada = await Visitor.enter(browser, tidegate.url);
  await call(ada, 'POST', '/register', { name: 'Ada Lovelace', email: 'ada@example.com', password: 'long enough 1' });
});

afterAll(async () => {
  expect(ada?.faults).toEqual([]);
  await ada?.leave();
  await browser?.close();
  await tidegate?.stop();
});

const addProject = (name: string) => call(ada, 'POST', '/projects', { name });
const project = (page: Page, name: string) => page.getByRole('link', { name, exact: true });

/** Lets nothing of these addresses through until it is opened; `asked` is the first that waits. */
async function gate(page: Page, address: string) {
  const open = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await page.route(address, async (route) => {
    asked.resolve();
    await open.promise;
    await route.continue();
  });
  return { asked: asked.promise, open: open.resolve };
}

it('reads nothing twice when nothing has changed', async () => {
  const { page } = ada;
  const twice = async () => {
    const asked: string[] = [];
    const hear = (request: Request) => asked.push(new URL(request.url()).pathname);
    page.on('request', hear);
    const listens = page.waitForResponse(events);
    await page.goto('/projects');
    await listens;
    await page.waitForLoadState('networkidle');
    page.off('request', hear);
    expect(asked).toContain('/api/v1/projects');
    return asked.filter((path, index) => path.startsWith('/api/') && asked.indexOf(path) < index);
  };
  // A server that has just begun, or a change of some seconds ago, is a reason to read again.
  await expect.poll(twice, { timeout: 20_000 }).toEqual([]);
});

describe('a screen shows what happened while it did not listen', () => {
  it('between its first answers and the beginning of the stream', async () => {
    const { page } = ada;
    await addProject('Before');
    const stream = await gate(page, events);
    await page.goto('/projects');
    await project(page, 'Before').waitFor();
    await stream.asked;
    await addProject('Meanwhile');
    stream.open();
    await project(page, 'Meanwhile').waitFor();
    await page.unroute(events);
  });

  it('while another tab took over the stream', async () => {
    const { page: first } = ada;
    const listens = first.waitForResponse(events);
    await first.goto('/projects');
    await listens;
    const second = await first.context().newPage();
    const stream = await gate(second, events);
    await second.goto('/projects');
    await project(second, 'Before').waitFor();
    await first.goto('about:blank');
    await stream.asked;
    await addProject('At the handover');
    stream.open();
    await project(second, 'At the handover').waitFor();
    await second.close();
  });
});
