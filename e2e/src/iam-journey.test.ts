import { type RdsServer, startPluginMySql, startRdsPostgres } from '@tidegate/test-servers';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, Visitor } from './browser.ts';
import { type IamGround, openIamGround, role } from './iam-stage.ts';
import { form, result, run, signIn } from './journey-steps.ts';

const password = 'a long enough password';
let browser: Browser;
let ground: IamGround;
let admin: Visitor;

beforeAll(async () => {
  browser = await startBrowser();
  ground = await openIamGround();
  admin = await Visitor.enter(browser, ground.tidegate.url);
});
afterEach(() => {
  expect(admin.faults).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await ground?.stop();
});

it('the first person registers', async () => {
  const { page } = admin;
  await page.goto('/');
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('E-mail').fill('ada@example.com');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByRole('heading', { name: 'Home' }).waitFor();
});

const tables = `create table employee (id int primary key, name varchar(50)); create table salary (id int primary key);
  create table department (id int primary key); insert into employee values (1, 'Bo'), (2, 'Cy')`;

/** Accounts sign in by token on one, by password on the other; a role makes the tokens of one. */
const engines = {
  PostgreSQL: {
    start: () => startRdsPostgres({ credentials: ground.credentials }),
    withRole: false,
    slow: 'pg_sleep(60)',
  },
  MySQL: { start: () => startPluginMySql({ credentials: ground.credentials }), withRole: true, slow: 'sleep(60)' },
} as const;

describe.each(Object.entries(engines))('the journey with %s by AWS RDS IAM', { timeout: 120_000 }, (name, engine) => {
  const title = `${name} by IAM`;
  const database = `hr_prod_${name.toLowerCase()}`;
  const person = { name: `dev ${name}`, email: `dev-${name.toLowerCase()}@example.com` };
  let rds: RdsServer;
  let dev: Visitor;

  beforeAll(async () => {
    rds = await engine.start();
    if (name === 'PostgreSQL') await rds.run('create role hr_owner');
    await rds.run(`create database ${database}${name === 'PostgreSQL' ? ' owner hr_owner' : ''}`);
    await rds.run(name === 'PostgreSQL' ? `set role hr_owner; ${tables}` : tables, database);
    dev = await Visitor.enter(browser, ground.tidegate.url);
  });
  afterEach(() => {
    expect(dev.faults).toEqual([]);
  });
  afterAll(() => rds?.stop());

  it('is set up with the SQL that stands beside the form, and added after the form said what was wrong', async () => {
    const { page } = admin;
    await page.goto('/instances/new');
    await page.getByLabel('Title').fill(title);
    await page.getByText('Prod', { exact: true }).click();
    await page.getByText(name, { exact: true }).click();
    await page.getByText('AWS RDS IAM', { exact: true }).click();
    await page.getByLabel('Host', { exact: true }).fill('localhost');
    await page.getByLabel('Port', { exact: true }).fill(String(rds.front.port));
    await page.getByLabel('User name').fill('tidegate');
    await page.getByText('Dialled under another name').click();
    await page.getByLabel('Endpoint for the token').fill(rds.front.endpoint.host);
    if (engine.withRole) await chooseRole(page);
    await page.getByLabel('Certificate authority').fill(rds.front.ca);
    await page.getByLabel('AWS region').fill('us-east-1');
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByText(/Choose eu-central-1/).waitFor();
    await page.getByLabel('AWS region').fill('');
    await page.getByText('Read from the host’s name: eu-central-1.').waitFor();
    if (name === 'MySQL') await page.getByLabel('Databases to share').fill(database);
    const sql = page.getByRole('group', { name: 'SQL for the database user' });
    await sql.getByText(name === 'MySQL' ? 'hr\\_prod\\_mysql' : 'rds_iam').waitFor();
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByText(/The server does not ask tidegate for a token|refused the token/).waitFor();
    await rds.run(((await sql.textContent()) ?? '').replaceAll('"OWNER"', 'hr_owner'));
    expect(await admin.axe()).toEqual([]);
    if (engine.withRole) {
      await page.getByRole('heading', { name: 'Add instance' }).scrollIntoViewIfNeeded();
      await admin.picture('instance-iam');
    }
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByText(/, over TLS, \d+ ms/).waitFor();
    await page.getByRole('button', { name: 'Add instance' }).click();
    await page.getByRole('heading', { name: title }).waitFor();
    await page.getByText(/by AWS RDS IAM in eu-central-1/).waitFor();
  });

  it('gives the admin, by his role, the rows of a table', async () => {
    const { page } = admin;
    await page.goto('/projects');
    await page.getByRole('button', { name: 'New project' }).click();
    await page.getByLabel('Name').fill(title);
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
    await page.goto('/editor');
    await page.getByRole('treeitem', { name: new RegExp(`^${database}`) }).dblclick();
    await run(page, 'select * from employee');
    await result(page).getByText('2 rows').waitFor();
  });

  it('lets the developer in, who cannot query, and asks for what is missing', async () => {
    await addDeveloper(admin.page, person);
    await signIn(dev, person.email, password);
    const { page } = dev;
    await page.getByLabel('Password you were given').fill(password);
    await page.getByLabel('New password').fill(`${password}!`);
    await page
      .getByRole('button', { name: /password/i })
      .first()
      .click();
    await page.getByRole('link', { name: 'SQL Editor' }).first().click();
    await page.getByRole('treeitem', { name: new RegExp(`^${database}`) }).dblclick();
    await run(page, 'select e.name from employee e left join salary s on s.id = e.id');
    await page.getByText(`You have no access to ${database}`).waitFor();
    await form(page).getByLabel('Reason').fill('Incident 12');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('region', { name: 'Parked statement' }).waitFor();
  });

  it('is decided by the admin, runs by itself, and a third table is refused with an offer', async () => {
    const { page } = admin;
    await page.goto('/requests?view=to_decide');
    await page
      .getByRole('link', { name: /wants to read employee/ })
      .first()
      .click();
    await page.getByRole('heading', { name: /^Request #/ }).waitFor();
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await result(dev.page).getByText('2 rows').waitFor();
    const signedIn = rds.front.seenTokens.filter(({ user }) => user.includes('_dev'));
    expect(signedIn.map(({ verdict }) => verdict.isAccepted)).toEqual(engine.withRole ? [true] : []);
    await run(dev.page, 'select * from department');
    await dev.page.getByText(`You may not read department in ${database}`).waitFor();
    await form(dev.page).getByRole('button', { name: 'Cancel' }).click();
  });

  it('ends with the statement that runs when the admin revokes, and the record has the proof', async () => {
    await run(dev.page, `select ${engine.slow} from employee`);
    await result(dev.page).getByText('Running').waitFor();
    const { page } = admin;
    await page.getByRole('link', { name: 'The grant' }).click();
    await page.getByRole('heading', { name: new RegExp(`^Grant of ${person.name}`), level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Revoke', exact: true }).first().click();
    await page.getByText('1 running statement').waitFor();
    await page.getByRole('button', { name: 'Revoke now' }).click();
    await page.getByText(/no login: it does not exist/).waitFor();
    await dev.page.getByText('Your access was revoked by Ada Lovelace').first().waitFor();
    await run(dev.page, 'select * from employee');
    await dev.page.getByText(`You have no access to ${database}`).waitFor();
  });

  it('goes through Members as well', async () => {
    const { page } = admin;
    await page.goto('/projects');
    await page.getByRole('link', { name: title }).first().click();
    await page.getByRole('link', { name: 'Members' }).first().click();
    await page.getByRole('button', { name: 'Grant Access' }).first().click();
    const dialog = page.getByRole('form', { name: 'Grant Access' });
    await dialog.getByLabel('People and groups').fill(person.name);
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: `Remove ${person.name}` }).waitFor();
    await dialog.getByRole('button', { name: 'Grant Access' }).click();
    await page.getByText(`Access granted to ${person.name}`).waitFor();
    await run(dev.page, 'select * from department');
    await result(dev.page)
      .getByText(/0 rows|no rows/i)
      .first()
      .waitFor();
    const revoked = dev.page.getByText('Your access was revoked by Ada Lovelace');
    expect(await revoked.count()).toBe(0);
    const row = page.getByRole('row').filter({ hasText: person.email }).filter({ hasText: 'SQL Editor' });
    await row.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('button', { name: 'Revoke now' }).click();
    await revoked.first().waitFor();
  });
});

async function chooseRole(page: Page): Promise<void> {
  await page.getByText('A role to assume', { exact: true }).click();
  await page.getByLabel('Role ARN').fill(role.arn);
  await page.getByLabel('External id').fill(role.externalId);
  await page.getByText('IAM tokens', { exact: true }).click();
}

async function addDeveloper(page: Page, person: { readonly name: string; readonly email: string }): Promise<void> {
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
}
