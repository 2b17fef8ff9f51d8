import { type RunningTidegate, startTidegate, uniqueName, useServer } from '@tidegate/test-servers';
import pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, Visitor } from './browser.ts';
import { call, looks, statement } from './journey-steps.ts';
import { keepsFocus, press, tick, write } from './keyboard.ts';

const password = 'a long enough password';
const screens = ['desktop', 'phone'] as const;

let browser: Browser;
let tidegate: RunningTidegate;
let admin: Visitor;
let dev: Visitor;
let database: string;
const ids: Record<string, string> = {};
const visitors: Visitor[] = [];

async function superuser(name: string, text: string): Promise<void> {
  const server = await useServer('postgres15');
  const client = new pg.Client({ host: server.host, port: server.port, ...server.superuser, database: name });
  await client.connect();
  await client.query(text);
  await client.end();
}

async function enter(email: string, secret: string): Promise<Visitor> {
  const visitor = await Visitor.enter(browser, tidegate.url);
  visitors.push(visitor);
  await call(visitor, 'POST', '/sign-in', { email, password: secret });
  return visitor;
}

beforeAll(async () => {
  [browser, tidegate] = await Promise.all([startBrowser(), startTidegate()]);
  admin = await Visitor.enter(browser, tidegate.url);
  visitors.push(admin);
  await call(admin, 'POST', '/register', { name: 'Ada Lovelace', email: 'ada@example.com', password });
  const server = await useServer('postgres15');
  database = uniqueName('hr');
  await superuser('postgres', `create database ${database}`);
  await superuser(
    database,
    'create table employee (id int primary key); insert into employee select generate_series(1, 20); create table salary (id int primary key); create table title (id int primary key)',
  );
  const environments = (await call(admin, 'GET', '/environments')).body.items;
  const { user, password: secret } = server.superuser;
  await call(admin, 'POST', '/instances', {
    ...{ title: 'People', environmentId: environments[1].id, engine: 'postgresql', tlsMode: 'disable' },
    ...{ host: server.host, port: server.port, user, password: secret },
  });
  ids['database'] = (await call(admin, 'GET', `/databases?search=${database}`)).body.items[0].id;
  ids['project'] = (await call(admin, 'POST', '/projects', { name: 'HR' })).body.id;
  await call(admin, 'POST', `/projects/${ids['project']}/transfer`, { databaseIds: [ids['database']] });
  const first = { name: 'Dev Eloper', email: 'dev@example.com', firstPassword: 'first password' };
  ids['dev'] = (await call(admin, 'POST', '/people', first)).body.person.id;
  dev = await enter(first.email, first.firstPassword);
  await call(dev, 'POST', '/me/password', { current: first.firstPassword, next: password });
});

afterAll(async () => {
  await Promise.all(visitors.map((visitor) => visitor.leave()));
  await browser?.close();
  await tidegate?.stop();
  if (database !== undefined) await superuser('postgres', `drop database if exists ${database} with (force)`);
});

async function assign(tables: readonly string[], minutes: number): Promise<string> {
  const items = tables.map((table) => ({ databaseId: ids['database'], schema: 'public', table }));
  const { body } = await call(admin, 'POST', `/projects/${ids['project']}/members`, {
    ...{
      principals: [{ kind: 'person', id: ids['dev'] }],
      role: 'sql_editor_read_only',
      scope: { kind: 'items', items },
    },
    expiry: { kind: 'after', minutes },
  });
  return body.items[0].grantId;
}

const unread = (page: Page) => page.getByRole('link', { name: /^Inbox, \d+ unread/ });

describe('the life of a grant', () => {
  it('is told to its holder at once: the bell, the title of the tab, the inbox', async () => {
    const { page } = dev;
    await page.goto('/');
    await page.getByRole('link', { name: 'Inbox', exact: true }).waitFor();
    ids['grant'] = await assign(['employee', 'salary', 'title'], 60);
    await unread(page).waitFor();
    await expect.poll(() => page.title()).toBe('(1) Home · Tidegate');
    await press(page, unread(page));
    const notice = page.getByRole('link', { name: /^Your access was given by Ada Lovelace/ });
    await notice.waitFor();
    await looks(dev, 'life-inbox', screens);
    // By the keyboard: the next row, and open it.
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Grant of Dev Eloper' }).waitFor();
    await page.getByRole('link', { name: 'Inbox', exact: true }).waitFor();
    await expect.poll(() => page.title()).toBe('Grant of Dev Eloper · Tidegate');
  });

  it('is extended from Members, and nobody is disconnected', async () => {
    const { page } = admin;
    const { body: session } = await call(dev, 'POST', '/sessions', { databaseId: ids['database'] });
    ids['session'] = session.id;
    await page.goto(`/projects/${ids['project']}/members`);
    await press(page, page.getByRole('button', { name: 'Extend' }));
    const dialog = page.getByRole('dialog', { name: 'More time for Dev Eloper' });
    await dialog.getByText('Nobody is disconnected.').waitFor();
    await looks(admin, 'life-extend', screens);
    await press(page, dialog.getByRole('button', { name: 'Extend' }));
    await dialog.waitFor({ state: 'detached' });
    await keepsFocus(page);
    const { body: grant } = await call(dev, 'GET', `/grants/${ids['grant']}`);
    expect(Date.parse(grant.expiresAt) - Date.parse(grant.startsAt)).toBe(120 * 60_000);
    const { body: after } = await call(dev, 'GET', `/sessions/${ids['session']}`);
    expect(after.state).toBe('open');
  });

  it('is narrowed to what was used, with the effect before it happens', async () => {
    const { page } = admin;
    await statement(dev, ids['session'] ?? '', 'select * from employee');
    await page.goto(`/grants/${ids['grant']}`);
    await page.getByText('not used').first().waitFor();
    await looks(admin, 'life-grant', screens);
    await press(page, page.getByRole('button', { name: 'Narrow' }));
    const drawer = page.getByRole('dialog', { name: 'Narrow what Dev Eloper has' });
    await press(page, drawer.getByRole('button', { name: 'Only the 1 used of 3 tables' }));
    await drawer
      .getByText(`Dev Eloper loses read on salary and title in ${database}; 1 open session will be ended.`)
      .waitFor();
    await looks(admin, 'life-narrow', screens);
    await press(page, drawer.getByRole('button', { name: 'Narrow now' }));
    await page.getByText(`Dev Eloper can read employee in ${database}`).first().waitFor();
    await page.getByText('Narrowed from').waitFor();
    expect(page.url()).not.toContain(ids['grant']);
    await press(page, page.getByRole('region', { name: 'Belongs together' }).getByRole('link'));
    await page.getByText('Closed, proven').waitFor();
  });

  it('is given back by its holder; the receipt makes a smaller request', async () => {
    const { page } = dev;
    await page.goto('/access');
    await press(page, page.getByRole('link', { name: new RegExp(`can read employee in ${database}`) }));
    await press(page, page.getByRole('button', { name: 'Give back', exact: true }));
    const dialog = page.getByRole('dialog', { name: 'Give this grant back' });
    await dialog.getByText(`Dev Eloper loses read on employee in ${database}`).waitFor();
    await press(page, dialog.getByRole('button', { name: 'Give back now' }));
    await page.getByText('Closed, and that is proven at the server.').waitFor();
    ids['second'] = await assign(['employee', 'salary'], 60);
    const { body: session } = await call(dev, 'POST', '/sessions', { databaseId: ids['database'] });
    expect(await statement(dev, session.id, 'select * from employee')).toContain('20');
    await call(admin, 'POST', `/grants/${ids['second']}/revoke`, { note: 'done' });
    await unread(page).waitFor();
    await page.goto('/inbox?show=unread');
    await page.getByText(/^Used 1 of 2 tables in 1 statement\./).waitFor();
    await press(page, page.getByRole('link', { name: /^Your access has ended, because it was revoked/ }));
    const receipt = page.getByRole('region', { name: 'Receipt' });
    await receipt.getByText('Used 1 of 2 tables').waitFor();
    await looks(dev, 'life-receipt', screens);
    await press(page, receipt.getByRole('link', { name: 'Request again what was used' }));
    await page.getByText('Tables that were used').waitFor();
    await page.getByText('employee', { exact: true }).first().waitFor();
    expect(await page.getByText('salary', { exact: true }).count()).toBe(0);
  });

  it('grows by what its holder asks for, while the session stays open', async () => {
    const { page } = dev;
    const approve = async () => {
      const waiting = (await call(admin, 'GET', '/requests?view=to_decide&state=pending')).body.items[0];
      const decision = { decision: 'approve', contentHash: waiting.contentHash };
      return (await call(admin, 'POST', `/requests/${waiting.id}/decision`, decision)).body;
    };
    const member = { principals: [{ kind: 'person', id: ids['dev'] }], role: 'project_developer' };
    await call(admin, 'POST', `/projects/${ids['project']}/members`, { ...member, expiry: { kind: 'never' } });
    const place = { databaseId: ids['database'], schema: 'public' };
    await call(dev, 'POST', '/requests', {
      ...{ projectId: ids['project'], privileges: ['read'], reason: 'A report.' },
      ...{ scope: { kind: 'items', items: [{ ...place, table: 'employee' }] }, expiry: { kind: 'after', minutes: 30 } },
    });
    const { grantId } = await approve();
    const { body: session } = await call(dev, 'POST', '/sessions', { databaseId: ids['database'] });
    await page.goto(`/grants/${grantId}`);
    await press(page, page.getByRole('button', { name: 'More time' }));
    await press(page, page.getByRole('button', { name: 'Ask for more time' }));
    await page.getByText(/^Request #\d+ is sent/).waitFor();
    const before = (await call(dev, 'GET', `/grants/${grantId}`)).body;
    await approve();
    const after = (await call(dev, 'GET', `/grants/${grantId}`)).body;
    expect(Date.parse(after.expiresAt) - Date.parse(before.expiresAt)).toBe(30 * 60_000);

    await press(page, page.getByRole('button', { name: 'Add tables' }));
    const drawer = page.getByRole('dialog', { name: 'Add tables' });
    await tick(page, drawer.getByRole('checkbox', { name: 'salary' }));
    await write(page, drawer.getByLabel('Reason'), 'The report needs it.');
    await looks(dev, 'life-add', screens);
    await press(page, drawer.getByRole('button', { name: 'Ask for these tables' }));
    await drawer.waitFor({ state: 'detached' });
    await keepsFocus(page);
    await approve();
    await page.getByText('Added to it').waitFor();
    expect(await statement(dev, session.id, 'select count(*) from salary')).toContain('"0"');
    await call(dev, 'POST', `/grants/${grantId}/give-back`);
    await page.getByText('Closed, proven').waitFor();
  });

  it('ends with all on the database, or all of the person, as was said before', async () => {
    const { page } = admin;
    await assign(['employee'], 60);
    await page.goto(`/databases/${ids['database']}`);
    const readers = page.getByRole('region', { name: 'Who can use it now' });
    await readers.getByText('Dev Eloper').waitFor();
    await press(page, readers.getByRole('button', { name: 'Revoke all on this database' }));
    const onDatabase = page.getByRole('dialog', { name: `Revoke all access on ${database}` });
    await onDatabase.getByText(`Dev Eloper loses ${database}; nothing is open now.`).waitFor();
    await looks(admin, 'life-revoke-database', screens);
    await press(page, onDatabase.getByRole('button', { name: 'Revoke all now' }));
    await readers.getByText('No grant is open. Who is granted access').waitFor();

    const [one, two] = [await assign(['employee'], 60), await assign(['salary'], 60)];
    await page.goto(`/grants/${one}`);
    await press(page, page.getByRole('button', { name: 'Revoke', exact: true }));
    const ofGrant = page.getByRole('dialog', { name: 'Revoke this grant' });
    await ofGrant.getByText(`Dev Eloper loses read on employee in ${database}`).waitFor();
    await tick(page, ofGrant.getByLabel('Everything else that Dev Eloper holds in HR, too'));
    await ofGrant.getByText('Dev Eloper loses 2 grants; nothing is open now.').waitFor();
    await looks(admin, 'life-revoke-grant', screens);
    await press(page, ofGrant.getByRole('button', { name: 'Revoke all now' }));
    await page.getByText('Closed, proven').waitFor();
    expect((await call(admin, 'GET', `/grants/${two}`)).body.state).toBe('closed');

    const last = await assign(['employee'], 60);
    await page.goto('/people');
    await press(page, page.getByRole('button', { name: 'Dev Eloper' }));
    await press(
      page,
      page.getByRole('dialog', { name: 'Dev Eloper' }).getByRole('button', { name: 'Revoke all access' }),
    );
    const ofPerson = page.getByRole('dialog', { name: 'Revoke all access of Dev Eloper' });
    await ofPerson.getByText('Dev Eloper loses 1 grant; nothing is open now.').waitFor();
    await looks(admin, 'life-revoke-person', screens);
    await press(page, ofPerson.getByRole('button', { name: 'Revoke all now' }));
    await ofPerson.waitFor({ state: 'detached' });
    await keepsFocus(page);
    await expect.poll(async () => (await call(admin, 'GET', `/grants/${last}`)).body.state).toBe('closed');
  });

  it('left no error on any page', () => {
    expect(visitors.flatMap((visitor) => visitor.faults)).toEqual([]);
  });
});
