/** What a token costs: opening a connection with one beside one with a password, making one, and a burst of them. */
import { lookup } from 'node:dns';
import {
  FakeSts,
  type KnownCredentials,
  type RdsServer,
  startPluginMySql,
  startRdsPostgres,
} from '@tidegate/test-servers';
import { createAwsIamMethod } from '../../server/src/connection-methods/aws-iam/aws-iam-method.ts';
import { awsGround } from '../../server/src/connection-methods/aws-iam/credential-sources.ts';
import type { ConnectionMethod } from '../../server/src/connection-methods/connection-method.ts';
import { passwordMethod } from '../../server/src/connection-methods/password-method.ts';
import type { Engine, EngineKind, InstanceTarget } from '../../server/src/engines/engine.ts';
import { createMySqlEngine } from '../../server/src/engines/mysql/engine-mysql.ts';
import { postgresEngine } from '../../server/src/engines/postgres/engine-postgres.ts';
import { AwsKeys } from '../../server/src/platform/aws/aws-keys.ts';
import { type Figure, median, percentile, report } from './report.ts';

/** BENCH_ROUNDS and BENCH_BURST make it smaller, to see that it works. */
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 200);
const burst = Number(process.env['BENCH_BURST'] ?? 200);
const password = 'password of the bench';
const caller = { accessKeyId: 'AKIATIDEGATEBENCH001', secretAccessKey: 'secret of the bench' };
const roleArn = 'arn:aws:iam::123456789012:role/bench';

const credentials: KnownCredentials[] = [];
const sts = new FakeSts(credentials);
sts.callers.push(caller);
sts.roles.push({ arn: roleArn });
await sts.start();
process.env['AWS_ENDPOINT_URL_STS'] = sts.url;

const ground = { ...awsGround, serverCredentials: async () => new AwsKeys(caller) };

function targetOf(rds: RdsServer, engine: EngineKind, method: ConnectionMethod): InstanceTarget {
  const { endpoint, port, ca } = rds.front;
  const settings = {
    ...{ region: endpoint.region, tokenHost: endpoint.host, tokenPort: endpoint.port, accountSignIn: 'iam' },
    credentials: { kind: 'role', roleArn, externalId: null },
  };
  return method.target(
    {
      ...{ engine, host: 'localhost', port, user: 'by_token', tlsMode: 'verify-full' as const, tlsCa: ca },
      ...{ method: '', settings, secret: () => password },
    },
    { title: 'Bench', connectTimeoutMs: 60_000, lookup },
  );
}

const open = (engine: Engine, target: InstanceTarget, account: string) =>
  engine.openSession(target, {
    ...{ account, password, database: 'bench', applicationName: 'bench', isReadOnly: false, remainingMs: null },
  });

async function timeToOpen(engine: Engine, target: InstanceTarget, account: string): Promise<number> {
  const from = performance.now();
  const session = await open(engine, target, account);
  const took = performance.now() - from;
  await session.close();
  return took;
}

/** Turn by turn, so that whatever else the machine does falls on both. */
async function sideBySide(rds: RdsServer, kind: EngineKind, engine: Engine, what: string): Promise<Figure[]> {
  const byToken = targetOf(rds, kind, createAwsIamMethod(ground));
  const byPassword = targetOf(rds, kind, passwordMethod);
  const tokens: number[] = [];
  const passwords: number[] = [];
  for (let round = -5; round < rounds; round += 1) {
    const times = [
      await timeToOpen(engine, byPassword, 'by_password'),
      await timeToOpen(engine, byToken, 'by_token'),
    ] as const;
    // The first ones warm up.
    if (round < 0) continue;
    passwords.push(times[0]);
    tokens.push(times[1]);
  }
  const added = median(tokens) - median(passwords);
  return [
    { what: `${what}: opening by password, p50`, value: median(passwords), unit: 'ms' },
    { what: `${what}: opening by token, p50`, value: median(tokens), unit: 'ms' },
    { what: `${what}: opening by token, p95`, value: percentile(tokens, 0.95), unit: 'ms' },
    { what: `${what}: added by the token, p50`, value: added, unit: 'ms', bar: { most: 5 } },
  ];
}

async function makingAlone(rds: RdsServer): Promise<Figure[]> {
  const { password: makeOne } = targetOf(rds, 'postgresql', createAwsIamMethod(ground));
  await makeOne();
  const times: number[] = [];
  for (let round = 0; round < 1000; round += 1) {
    const from = performance.now();
    await makeOne();
    times.push(performance.now() - from);
  }
  return [
    { what: 'making a token with warm credentials, p50', value: median(times), unit: 'ms', bar: { most: 2 } },
    { what: 'making a token with warm credentials, p99', value: percentile(times, 0.99), unit: 'ms' },
  ];
}

/** All at once with no credentials at hand: they wait for the one answer of the token service. */
async function inABurst(rds: RdsServer): Promise<Figure[]> {
  const target = targetOf(rds, 'postgresql', createAwsIamMethod(ground));
  sts.calls.length = 0;
  const from = performance.now();
  const sessions = await Promise.all(Array.from({ length: burst }, () => open(postgresEngine, target, 'by_token')));
  const took = performance.now() - from;
  await Promise.all(sessions.map((session) => session.close()));
  return [
    { what: `${burst} connections at once, until all are open`, value: took, unit: 'ms' },
    {
      what: `${burst} connections at once: refreshes of credentials`,
      value: sts.calls.length,
      unit: '',
      bar: { most: 1 },
    },
  ];
}

const postgres = await startRdsPostgres({ credentials, settings: { max_connections: burst + 60 } });
const mysql = await startPluginMySql({ credentials });
try {
  for (const rds of [postgres, mysql]) {
    await rds.makeIamUser('by_token');
    await rds.run('create database bench');
  }
  await postgres.run(`create user by_password password '${password}'`);
  await mysql.run(`create user by_password identified by '${password}' require ssl`);
  for (const name of ['by_token', 'by_password']) await mysql.run(`grant all on bench.* to ${name}`);
  report('iam', [
    ...(await makingAlone(postgres)),
    ...(await sideBySide(postgres, 'postgresql', postgresEngine, 'PostgreSQL')),
    ...(await sideBySide(mysql, 'mysql', createMySqlEngine(), 'MySQL')),
    ...(await inABurst(postgres)),
  ]);
} finally {
  await postgres.stop();
  await mysql.stop();
  await sts.stop();
}
