import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeTimeLibrary, type RdsServer, startPluginMySql, startRdsPostgres } from '@tidegate/test-servers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  addPlace,
  connectionTo,
  grantToDev,
  type IamStage,
  openIamStage,
  role,
  rowsOf,
  serverKeys,
} from './iam-stage.ts';
import { argumentsAndEnvironments, dumpStore, filesWith } from './left-behind.ts';

/** Typed into the form, so kept by Tidegate, sealed. */
const ownKeys = { accessKeyId: 'AKIATIDEGATETYPED001', secretAccessKey: 'typed into the form of one instance' };
const hours = 24;

let stage: IamStage;
let folder: string;
let offsetS = 0;
const places: { readonly rds: RdsServer; readonly databaseId: string; readonly title: string }[] = [];
const now = (): Date => new Date(Date.now() + offsetS * 1000);

/** The clock of the Tidegate process, and that of everybody who judges its tokens. Its timers go on as they are. */
function moveClock(seconds: number): void {
  offsetS += seconds;
  writeFileSync(join(folder, 'clock'), `+${offsetS}`);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-clock-'));
  moveClock(0);
  stage = await openIamStage({
    LOG_LEVEL: 'trace',
    LD_PRELOAD: fakeTimeLibrary(),
    FAKETIME_TIMESTAMP_FILE: join(folder, 'clock'),
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  });
  stage.sts.now = now;
  stage.credentials.push(ownKeys);
  const { credentials } = stage;
  await addServer('Shop', 'mysql', await startPluginMySql({ credentials }));
  await addServer('People', 'postgresql', await startRdsPostgres({ credentials }));
});

afterAll(async () => {
  await stage?.stop();
  for (const { rds } of places) await rds.stop();
  await rm(folder, { recursive: true, force: true });
});

/** MySQL with a role and accounts that are IAM accounts too; PostgreSQL with keys that were typed in. */
async function addServer(title: string, engine: 'mysql' | 'postgresql', rds: RdsServer): Promise<void> {
  rds.front.behaviour.now = now;
  await rds.run('create database shop');
  await rds.run('create table employee (id int primary key)', 'shop');
  await rds.makeIamUser('tidegate');
  await rds.run(
    engine === 'mysql'
      ? 'grant create user on *.* to tidegate; grant all on shop.* to tidegate with grant option'
      : 'alter user tidegate createrole; alter database shop owner to tidegate',
  );
  if (engine === 'postgresql') await rds.run('alter table employee owner to tidegate', 'shop');
  const awsIam =
    engine === 'mysql'
      ? ({
          accountSignIn: 'iam',
          credentials: { kind: 'role', roleArn: role.arn, externalId: role.externalId },
        } as const)
      : ({ credentials: { kind: 'keys', ...ownKeys } } as const);
  const place = await addPlace(stage, title, connectionTo(rds, engine, awsIam), 'shop');
  await grantToDev(stage, place, null);
  places.push({ rds, databaseId: place.databaseId, title });
}

it('a day of connections leaves neither token nor secret in the store, the logs, the processes or the answers', async () => {
  const { tidegate, dev, admin, sts } = stage;
  const assumed = () => sts.calls.filter(({ action }) => action === 'AssumeRole').length;
  const before = assumed();
  const secrets = (): string[] => [
    'X-Amz-Signature',
    'X-Amz-Security-Token',
    // All session tokens begin with it.
    'IQoJb3JpZ2luX2Vj',
    ...stage.credentials.map(({ secretAccessKey }) => secretAccessKey),
  ];
  const expectNone = (where: string, text: string): void => {
    const found = secrets().filter((secret) =>
      [secret, encodeURIComponent(secret), Buffer.from(secret).toString('hex')].some((form) => text.includes(form)),
    );
    expect(found, where).toEqual([]);
  };
  for (let hour = 0; hour < hours; hour += 1) {
    moveClock(3600);
    for (const { databaseId } of places) {
      const session = await dev.call('POST /sessions', { body: { databaseId } });
      expect(await rowsOf(dev, session.id, 'select * from employee')).toEqual([]);
      await dev.call('DELETE /sessions/:sessionId', { params: { sessionId: session.id } });
    }
    expectNone('what the server writes to its log', tidegate.output());
    expectNone('arguments and environments', argumentsAndEnvironments(tidegate.pid));
  }
  for (const { rds, title } of places) {
    const tokens = rds.front.seenTokens;
    expect(
      tokens.filter(({ verdict }) => !verdict.isAccepted),
      title,
    ).toEqual([]);
  }
  const ofAccounts = places[0]?.rds.front.seenTokens.filter(({ user }) => user.startsWith('tg_')) ?? [];
  expect(new Set(ofAccounts.map(({ token }) => token)).size).toBeGreaterThanOrEqual(hours);
  // Keys that live an hour: renewed for each, and not for each connection.
  expect(assumed() - before).toBeGreaterThanOrEqual(hours - 1);
  expect(assumed() - before).toBeLessThanOrEqual(hours + 1);
  expectNone('the store', await dumpStore(tidegate.dataDir));
  expect(filesWith(tidegate.dataDir, secrets())).toEqual([]);
  expectNone('answers', JSON.stringify(await admin.call('GET /instances', { query: {} })));
  expectNone('the record', JSON.stringify(await admin.call('GET /audit-events', { query: {} })));
  expect(stage.credentials).toContain(serverKeys);
}, 180_000);
