import { rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { type ApiClient, type RunningTidegate, startTidegate } from '@tidegate/test-servers';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atCluster, hasCluster, makeDataFolder, registered, samplesAre, signedIn, until } from './sample-test-kit.ts';

let dataDir: string;
let tidegate: RunningTidegate;
let admin: ApiClient;

beforeAll(async () => {
  dataDir = await makeDataFolder();
  tidegate = await startTidegate({ dataDir });
  admin = await registered(tidegate, true);
  await samplesAre(admin, 'ready');
}, 120_000);

afterAll(async () => {
  await tidegate.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const instanceOf = async (title: string) => {
  const { items } = await admin.call('GET /instances', { query: { search: title } });
  const [found] = items;
  if (found === undefined) throw new Error(`no instance ${title}`);
  return found;
};
const projectNamed = async (name: string) =>
  (await admin.call('GET /projects', { query: { search: name } })).items.find((project) => project.name === name);

async function databaseNamed(name: string) {
  const [found] = (await admin.call('GET /databases', { query: { search: name } })).items;
  if (found === undefined) throw new Error(`no database ${name}`);
  return found;
}

/** Makes dev an SQL Editor Read-only of the whole project. */
async function giveDevTheProject() {
  const project = await projectNamed('HR');
  const [dev] = (await admin.call('GET /people', { query: { search: 'dev' } })).items;
  if (project === undefined || dev === undefined) throw new Error('the samples are not there');
  const body = {
    principals: [{ kind: 'person', id: dev.id }],
    role: 'sql_editor_read_only',
    expiry: { kind: 'after', minutes: 60 },
  } as const;
  await admin.call('POST /projects/:projectId/members', {
    params: { projectId: project.id },
    body: { ...body, principals: [...body.principals] },
  });
  return project;
}

/** Helper roles have no limit of connections. */
const accountsAt = (name: string) =>
  atCluster(dataDir, name, `select rolname from pg_roles where rolname like 'tg\\_%' and rolconnlimit >= 0`);

describe('the samples', () => {
  it.each([
    ['HR Test', 'hr_test', 'Test'],
    ['HR Prod', 'hr_prod', 'Prod'],
  ])('hold %s, an instance like any other, with its wall closed', async (title, name, environment) => {
    const instance = await until(`${title} checked`, async () => {
      const found = await instanceOf(title);
      return found.capability.state === 'unknown' ? undefined : found;
    });
    expect(instance).toMatchObject({ isSample: true, databases: 1, environment: { name: environment } });
    expect(instance.capability).toEqual({ state: 'ok', at: expect.any(String), findings: [] });
    const { items } = await admin.call('GET /databases', { query: { instanceId: instance.id } });
    expect(items).toMatchObject([{ name, tables: 8, isSample: true, project: { name: 'HR' } }]);
  });

  it('hold the project HR, owned by who asked for them, and dev, who may ask everywhere and reads nothing', async () => {
    expect(await projectNamed('HR')).toMatchObject({ databases: 2, isSample: true, owners: [{ name: 'Ada' }] });
    const { items } = await admin.call('GET /people', { query: { search: 'dev' } });
    expect(items).toMatchObject([{ name: 'dev', isSample: true, roles: ['project_developer'], state: 'active' }]);
    expect((await admin.call('GET /me', {})).samples).toEqual({ exist: true, canContinueAsDev: true });
  });

  it('connect as a user who is no superuser; the superuser cannot come in over the network', async () => {
    const roles = await atCluster<{ rolname: string; rolsuper: boolean; rolcreaterole: boolean }>(
      dataDir,
      'hr_test',
      `select rolname, rolsuper, rolcreaterole from pg_roles where rolname = 'tidegate_admin'`,
    );
    expect(roles).toEqual([{ rolname: 'tidegate_admin', rolsuper: false, rolcreaterole: true }]);
    const { port } = await instanceOf('HR Test');
    const client = new Client({ host: '127.0.0.1', port, user: 'tidegate', password: '', database: 'hr_test' });
    client.on('error', () => undefined);
    await expect(client.connect()).rejects.toThrow(/password/);
  });

  it('are not made twice', async () => {
    await expect(admin.call('POST /samples', {})).rejects.toMatchObject({ problem: { code: 'sample.exists' } });
  });

  it('are not managed by dev', async () => {
    const dev = await signedIn(tidegate);
    await dev.call('POST /me/continue-as-dev', {});
    await expect(dev.call('DELETE /samples', {})).rejects.toMatchObject({ problem: { code: 'auth.forbidden' } });
    await expect(dev.call('GET /samples', {})).rejects.toMatchObject({ problem: { code: 'auth.forbidden' } });
  });

  it('are there again after a restart, on another port where theirs was taken', async () => {
    const before = await instanceOf('HR Prod');
    await tidegate.stop();
    const squatter = await listen(before.port);
    tidegate = await startTidegate({ dataDir });
    admin = await signedIn(tidegate);
    const after = await until('another port', async () => {
      const found = await instanceOf('HR Prod');
      return found.port === before.port ? undefined : found;
    });
    const { instanceId } = { instanceId: after.id };
    const synced = await admin.call('POST /instances/:instanceId/sync', { params: { instanceId } });
    expect(synced.sync).toMatchObject({ state: 'ok', message: null });
    squatter.close();
    await tidegate.kill();
    tidegate = await startTidegate({ dataDir });
    admin = await signedIn(tidegate);
    const same = await admin.call('POST /instances/:instanceId/sync', { params: { instanceId } });
    expect(same).toMatchObject({ port: after.port, sync: { state: 'ok' } });
  });

  it('lose a database to another project, and dev his access there, session included, the moment it moves', async () => {
    const dev = await signedIn(tidegate);
    await dev.call('POST /me/continue-as-dev', {});
    const { id: projectId } = await giveDevTheProject();
    const { id: databaseId } = await databaseNamed('hr_prod');
    await dev.call('POST /sessions', { body: { databaseId } });
    expect(await accountsAt('hr_prod')).toHaveLength(1);
    const params = { projectId };
    await admin.call('POST /projects/:projectId/unassign', { params, body: { databaseIds: [databaseId] } });
    await until('the account dropped', async () => ((await accountsAt('hr_prod')).length === 0 ? true : undefined));
    await expect(dev.call('POST /sessions', { body: { databaseId } })).rejects.toMatchObject({
      problem: { code: 'object.not_found' },
    });
    await admin.call('POST /projects/:projectId/transfer', { params, body: { databaseIds: [databaseId] } });
  });

  it('go with one click: access is closed first, nothing is left at a server, the record stays', async () => {
    const dev = await signedIn(tidegate);
    await dev.call('POST /me/continue-as-dev', {});
    const project = await giveDevTheProject();
    const { id: databaseId } = await databaseNamed('hr_test');
    await dev.call('POST /sessions', { body: { databaseId } });
    expect(await accountsAt('hr_test')).toHaveLength(1);

    await admin.call('DELETE /samples', {});
    await samplesAre(admin, 'absent');
    expect(await hasCluster(dataDir, 'hr_test')).toBe(false);
    expect((await admin.call('GET /instances', { query: {} })).total).toBe(0);
    expect((await admin.call('GET /databases', { query: {} })).total).toBe(0);
    expect(await projectNamed('HR')).toBeUndefined();
    expect((await admin.call('GET /me', {})).samples.exist).toBe(false);
    await expect(dev.call('GET /me', {})).rejects.toMatchObject({ problem: { code: 'auth.required' } });
    const { items } = await admin.call('GET /grants', { query: { mine: 'false', projectId: project.id } });
    expect(items.map(({ state, holder }) => [state, holder.name])).toEqual([
      ['closed', 'dev'],
      ['closed', 'dev'],
    ]);
    const events = await admin.call('GET /audit-events', { query: { kind: 'sample.removed' } });
    expect(events.items).toHaveLength(1);
  });

  it('are absent then, and can be added once more with the same dev', async () => {
    await expect(admin.call('DELETE /samples', {})).rejects.toMatchObject({ problem: { code: 'sample.absent' } });
    await admin.call('POST /samples', {});
    await samplesAre(admin, 'ready');
    expect(await projectNamed('HR')).toMatchObject({ databases: 2, state: 'active' });
    expect((await admin.call('GET /people', { query: { search: 'dev' } })).total).toBe(1);
  });
});

describe('samples that cannot be made', () => {
  it('fail in words, and can be tried again once the reason is gone', async () => {
    const folder = await makeDataFolder();
    await writeFile(join(folder, 'samples'), 'in the way');
    const server = await startTidegate({ dataDir: folder });
    const api = await registered(server, true);
    await samplesAre(api, 'failed');
    const { message } = await api.call('GET /samples', {});
    expect(message).toMatch(/^The samples could not be made\./);
    await rm(join(folder, 'samples'));
    await api.call('POST /samples', {});
    await samplesAre(api, 'ready');
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
});

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
