import { type RunningTidegate, startTidegate, uniqueName, useServer } from '@tidegate/test-servers';
import mysql from 'mysql2/promise';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, Visitor } from './browser.ts';
import { form, result, run, signIn } from './journey-steps.ts';

const password = 'a long enough password';
const ada = { name: 'Ada Lovelace', email: 'ada@example.com' };

let browser: Browser;
let tidegate: RunningTidegate;
let admin: Visitor;
let dev: Visitor;
const visitors: Visitor[] = [];

async function visit(screen: 'desktop' | 'phone' = 'desktop', theme: 'light' | 'dark' = 'light'): Promise<Visitor> {
  const visitor = await Visitor.enter(browser, tidegate.url, screen, theme);
  visitors.push(visitor);
  return visitor;
}

/** For a run of these tests alone. */
async function registerAlone(): Promise<void> {
  admin = await visit();
  const { page } = admin;
  await page.goto('/');
  await page.getByLabel('Your name').fill(ada.name);
  await page.getByLabel('E-mail').fill(ada.email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByRole('heading', { name: 'Home' }).waitFor();
}

type Look = readonly ['desktop' | 'phone', 'light' | 'dark'];
const allLooks: readonly Look[] = [
  ['desktop', 'dark'],
  ['phone', 'light'],
  ['phone', 'dark'],
];

/** The same address at phone size and in the dark, and axe on each. */
async function lookAround(visitor: Visitor, name: string, looks: readonly Look[] = allLooks) {
  expect(await visitor.axe(), `${name}, as it stands`).toEqual([]);
  await visitor.picture(name);
  for (const [size, theme] of looks) {
    const other = await visitor.also(browser, tidegate.url, size, theme);
    await other.page.goto(visitor.page.url());
    await other.page.getByRole('heading', { level: 1 }).first().waitFor();
    await other.page.locator('[class*=skeleton]').first().waitFor({ state: 'detached' });
    expect(await other.axe(), `${name}, ${size}, ${theme}`).toEqual([]);
    const width = await other.page.evaluate<number>('document.documentElement.scrollWidth');
    expect(width, `${name} fits ${size}`).toBeLessThanOrEqual(size === 'phone' ? 360 : 1280);
    await other.picture(`${name}-${size}-${theme}`);
    expect(other.faults).toEqual([]);
    await other.leave();
  }
}

beforeAll(async () => {
  browser = await startBrowser();
  tidegate = await startTidegate();
});

afterEach(() => {
  for (const visitor of visitors) expect(visitor.faults).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  await tidegate?.stop();
});

// Each looks at several screens in several looks; a busy machine is not a failure.
describe('the journey with the samples', { timeout: 180_000 }, () => {
  let grantUrl = '';

  it('begins with the first registration, which brings the samples', async () => {
    admin = await visit();
    const { page } = admin;
    await page.goto('/');
    await lookAround(admin, 'register');
    await page.getByLabel('Your name').fill(ada.name);
    await page.getByLabel('E-mail').fill(ada.email);
    await page.getByLabel('Password').fill(password);
    await page.getByText('Add the sample databases').click();
    await page.getByRole('button', { name: 'Register' }).click();
    await page.getByRole('button', { name: 'Continue as dev' }).waitFor();
    await lookAround(admin, 'home-admin');
  });

  it('refuses dev and fills in the request for exactly the three tables', async () => {
    dev = await visit();
    await signIn(dev, ada.email, password);
    const { page } = dev;
    await page.getByRole('button', { name: 'Continue as dev' }).click();
    await page.getByText('You are looking through the eyes of').waitFor();
    await page.getByRole('link', { name: 'SQL Editor' }).first().click();
    await page.getByRole('treeitem', { name: /^hr_prod/ }).dblclick();
    await run(
      page,
      'select e.first_name, e.last_name, t.title, s.amount\nfrom employee e\njoin salary s on s.emp_no = e.emp_no\njoin title t on t.emp_no = e.emp_no\nlimit 50',
    );
    await page.getByText('You have no access to hr_prod').waitFor();
    for (const table of ['employee', 'salary', 'title']) {
      expect(await form(page).getByRole('checkbox', { name: table }).isChecked()).toBe(true);
    }
    expect(await form(page).getByRole('checkbox', { name: 'department' }).count()).toBe(0);
    await form(page).getByLabel('Reason').fill('Incident 12: salaries are shown twice');
    expect(await dev.axe()).toEqual([]);
    await dev.picture('editor-denied');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('region', { name: 'Parked statement' }).waitFor();
  });

  it('shows the admin what is asked, and he approves with one key', async () => {
    const { page } = admin;
    await page.goto('/requests');
    await lookAround(admin, 'requests');
    await page
      .getByRole('link', { name: /wants to read employee/ })
      .first()
      .click();
    await page.getByRole('heading', { name: /Request #1/ }).waitFor();
    await lookAround(admin, 'request-decision');
    await page.keyboard.press('a');
    await page.getByText('Approved by Ada Lovelace').first().waitFor();
  });

  it('runs the parked statement by itself, and refuses a fourth table with an offer', async () => {
    const { page } = dev;
    await result(page).getByText('50 rows').waitFor();
    await page
      .getByText(/min left|m left/)
      .first()
      .waitFor();
    expect(await dev.axe()).toEqual([]);
    await dev.picture('editor-result');
    await run(page, 'select * from department');
    await page.getByText('You may not read department in hr_prod').waitFor();
    expect(await form(page).getByRole('checkbox', { name: 'department' }).isChecked()).toBe(true);
    await form(page).getByRole('button', { name: 'Cancel' }).click();
  });

  it('cancels a statement at the server', async () => {
    const { page } = dev;
    await run(page, 'select pg_sleep(60) from employee');
    await result(page).getByText('Running').waitFor();
    await result(page).getByRole('button', { name: 'Cancel' }).click();
    await result(page).getByText('the database server has stopped the statement').waitFor();
  });

  it('ends a running statement when the admin revokes, and the record shows the proof', async () => {
    await run(dev.page, 'select pg_sleep(60) from employee');
    await result(dev.page).getByText('Running').waitFor();
    const { page } = admin;
    await page.getByRole('link', { name: 'The grant' }).click();
    // The page, not only its address: it comes with its code.
    await page.getByRole('heading', { name: 'Grant of dev', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Revoke', exact: true }).first().click();
    await page.getByText('1 running statement').waitFor();
    await page.getByRole('button', { name: 'Revoke now' }).click();
    await page.getByText(/no login: it does not exist/).waitFor();
    grantUrl = page.url();
    await lookAround(admin, 'grant-closed');
    await dev.page.getByText('Your access was revoked by Ada Lovelace').first().waitFor();
    // The text stays, and a new look at the gate is refused.
    await run(dev.page, 'select * from employee limit 5');
    await dev.page.getByText('You have no access to hr_prod').waitFor();
    expect(grantUrl).toContain('/grants/');
  });

  it('ends access by time, with the tab open', { timeout: 120_000 }, async () => {
    const { page } = dev;
    await form(page).getByLabel('Reason').fill('once more');
    await form(page).getByText('1m', { exact: true }).click();
    await page.keyboard.press('Control+Enter');
    await page.getByRole('region', { name: 'Parked statement' }).waitFor();
    await admin.page.goto('/requests?view=to_decide');
    await admin.page
      .getByRole('link', { name: /wants to read employee/ })
      .first()
      .click();
    await admin.page.getByRole('button', { name: 'Approve', exact: true }).click();
    await result(page).getByText('5 rows').waitFor();
    await page.getByText('Your access has expired').first().waitFor({ timeout: 75_000 });
  });

  it('has it all on record', async () => {
    const { page } = admin;
    await page.goto('/audit');
    await page
      .getByText(/sent a statement to/)
      .first()
      .waitFor();
    await lookAround(admin, 'audit');
    await page.goto('/audit?view=evidence');
    await page.getByRole('button', { name: /verify/i }).click();
    await page
      .getByText(/Intact:/)
      .first()
      .waitFor();
    await lookAround(admin, 'audit-evidence');
  });

  it('has no serious finding on any other screen', { timeout: 180_000 }, async () => {
    const { page } = admin;
    for (const path of [
      '/projects',
      '/instances',
      '/environments',
      '/databases',
      '/people',
      '/roles',
      '/access',
      '/account',
      '/settings',
      '/requests/new',
    ]) {
      await page.goto(path);
      await lookAround(admin, path.slice(1).replace('/', '-'), [['phone', 'dark']]);
    }
    await page.goto('/instances');
    await page.getByRole('link', { name: 'HR Prod' }).click();
    await page.getByRole('heading', { name: 'HR Prod' }).waitFor();
    await lookAround(admin, 'instance');
  });
});

describe.each(['mariadb', 'mysql'] as const)('the journey on %s', { timeout: 120_000 }, (kind) => {
  const database = uniqueName('shop');
  const project = `Shop on ${kind}`;
  const person = { name: `dev ${kind}`, email: `dev-${kind}@example.com` };
  let server: Awaited<ReturnType<typeof useServer>>;
  const user = uniqueName('gate').slice(0, 28);

  beforeAll(async () => {
    if (admin === undefined) await registerAlone();
    server = await useServer(kind);
    const root = await mysql.createConnection({ host: server.host, port: server.port, ...server.superuser });
    await root.query(`create database ${database}`);
    await root.query(`create table ${database}.employee (id int primary key, name varchar(50))`);
    await root.query(`insert into ${database}.employee values (1, 'Bo'), (2, 'Cy')`);
    await root.query(`create user '${user}'@'%' identified by 'secret'`);
    await root.query(`grant create user, process on *.* to '${user}'@'%'`);
    await root.query(`grant all on \`${database}\`.* to '${user}'@'%' with grant option`);
    await root.query(`grant select on mysql.* to '${user}'@'%'`);
    await root.end();
  });

  it('adds the instance; a wrong password is told in words, the right one connects', async () => {
    const { page } = admin;
    await page.goto('/instances/new');
    await page.getByLabel('Title').fill(`Server ${kind}`);
    await page.getByText('Prod', { exact: true }).click();
    await page.getByText(kind === 'mysql' ? 'MySQL' : 'MariaDB', { exact: true }).click();
    await page.getByLabel('Host or socket path').fill(server.host);
    await page.getByLabel('Port').fill(String(server.port));
    await page.getByLabel('User name').fill(user);
    await page.getByRole('textbox', { name: 'Password' }).fill('wrong');
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByText(/Access denied for user/).waitFor();
    await page.getByRole('textbox', { name: 'Password' }).fill('secret');
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page
      .getByText(/connected/i)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Add instance' }).click();
    await page.getByRole('heading', { name: `Server ${kind}` }).waitFor();
  });

  it('makes a project, transfers the database into it and adds the developer', async () => {
    const { page } = admin;
    await page.goto('/projects');
    await page.getByRole('button', { name: 'New project' }).click();
    await page.getByLabel('Name').fill(project);
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /create|new project/i })
      .click();
    await page.getByRole('button', { name: 'Transfer in DB' }).first().click();
    await page.getByRole('checkbox', { name: database }).check();
    await page.getByRole('button', { name: /Transfer 1 database/ }).click();
    // Its name also stands in the dialog, before anything is sent.
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByText(database).first().waitFor();
    await page.goto('/people');
    await page.getByRole('button', { name: 'Add user' }).first().click();
    const dialog = page.getByRole('form', { name: 'Add user' });
    await dialog.getByLabel('Name').fill(person.name);
    await dialog.getByLabel('E-mail').fill(person.email);
    await dialog.getByRole('checkbox', { name: /Project Developer/ }).check();
    await dialog.getByText('First password', { exact: true }).first().click();
    await dialog.getByRole('textbox', { name: /First password/ }).fill(password);
    await dialog.getByRole('button', { name: 'Add user' }).click();
    await page.getByText(person.email).first().waitFor();
  });

  it('lets the developer in, who must change the password and cannot query', async () => {
    dev = await visit();
    await signIn(dev, person.email, password);
    const { page } = dev;
    await page.getByLabel('New password').waitFor();
    await page.getByLabel('Password you were given').fill(password);
    await page.getByLabel('New password').fill(`${password}!`);
    await page
      .getByRole('button', { name: /password/i })
      .first()
      .click();
    await page.getByRole('link', { name: 'SQL Editor' }).first().click();
    await page.getByRole('treeitem', { name: new RegExp(`^${database}`) }).dblclick();
    await run(page, 'select * from employee');
    await page.getByText(`You have no access to ${database}`).waitFor();
  });

  it('gives access in Members, and takes it away with a statement running', async () => {
    const { page } = admin;
    await page.goto('/projects');
    await page.getByRole('link', { name: project }).first().click();
    await page.getByRole('link', { name: 'Members' }).first().click();
    await page.getByRole('button', { name: 'Grant Access' }).first().click();
    const dialog = page.getByRole('form', { name: 'Grant Access' });
    await dialog.getByLabel('People and groups').fill(person.name);
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: `Remove ${person.name}` }).waitFor();
    await dialog.getByRole('button', { name: 'Grant Access' }).click();
    await page.getByText(`Access granted to ${person.name}`).waitFor();
    await run(dev.page, 'select * from employee');
    await result(dev.page).getByText('2 rows').waitFor();
    await run(dev.page, 'select sleep(60), name from employee');
    await result(dev.page).getByText('Running').waitFor();
    const revoked = dev.page.getByText('Your access was revoked by Ada Lovelace');
    expect(await revoked.count()).toBe(0);
    const row = page.getByRole('row').filter({ hasText: person.email }).filter({ hasText: 'SQL Editor' });
    await row.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('1 running statement').waitFor();
    await page.getByRole('button', { name: 'Revoke now' }).click();
    await revoked.first().waitFor();
    await run(dev.page, 'select * from employee');
    await dev.page.getByText(`You have no access to ${database}`).waitFor();
  });
});
