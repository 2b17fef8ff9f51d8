import { once } from 'node:events';
import { connect } from 'node:net';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeToken, type RdsFront, type RdsServer, startRdsMySql, startRdsPostgres } from './index.ts';
import { askMySql, askPostgres, postgresOptions } from './test-ask.ts';

const credentials = {
  accessKeyId: 'ASIATIDEGATETESTKEY3',
  secretAccessKey: 'secret-of-this-test',
  sessionToken: 'session/'.repeat(120),
};
const user = 'tidegate_iam';

const engines = {
  'PostgreSQL 15': () => startRdsPostgres({ credentials: [credentials], major: 15 }),
  'PostgreSQL 18': () => startRdsPostgres({ credentials: [credentials], major: 18 }),
  MariaDB: () => startRdsMySql({ credentials: [credentials], kind: 'mariadb' }),
  'MySQL 9': () => startRdsMySql({ credentials: [credentials] }),
};

describe.each(Object.entries(engines))('the front of %s', (title, start) => {
  let rds: RdsServer<RdsFront>;
  const isPostgres = title.startsWith('PostgreSQL');
  const denied = isPostgres
    ? { code: '28000', message: `PAM authentication failed for user "${user}"` }
    : { errno: 1045 };

  beforeAll(async () => {
    rds = await start();
    await rds.makeIamUser(user);
    const plain = isPostgres
      ? "create user tg_plain password 'pw'"
      : "create user tg_plain identified by 'pw' require ssl";
    await rds.run(plain);
  });
  afterAll(() => rds.stop());
  beforeEach(() => {
    Object.assign(rds.front.behaviour, { tls: 'own', cutTokenAt: Infinity, isAllowed: () => true });
    rds.front.seenTokens.length = 0;
  });

  const ask = (as: string, password: string, withTls = true): Promise<string> =>
    isPostgres ? askPostgres(rds, as, password, withTls) : askMySql(rds, as, password, withTls);
  const token = (): string => makeToken(rds.front.endpoint, user, credentials);

  test('lets an IAM user in with a long token, as that user, and relays what follows', async () => {
    expect(await ask(user, token())).toBe(`${user} ${'x'.repeat(300_000)}`);
    expect(rds.front.seenTokens).toMatchObject([{ user, isEncrypted: true, verdict: { isAccepted: true } }]);
  });

  test('lets a user with a password in through the server’s own login, each time', async () => {
    for (let time = 0; time < 3; time += 1) expect(await ask('tg_plain', 'pw')).toMatch(/^tg_plain /);
    await expect(ask('tg_plain', 'wrong')).rejects.toMatchObject(isPostgres ? { code: '28P01' } : { errno: 1045 });
    expect(rds.front.seenTokens).toEqual([]);
  });

  test('refuses a password or a used-up token of an IAM user in the server’s words', async () => {
    await expect(ask(user, 'pw')).rejects.toMatchObject(denied);
    const old = makeToken(rds.front.endpoint, user, credentials, new Date(Date.now() - 900_000));
    await expect(ask(user, old)).rejects.toMatchObject(denied);
    expect(rds.front.seenTokens.map(({ verdict }) => verdict)).toEqual([
      { isAccepted: false, refusal: 'malformed' },
      { isAccepted: false, refusal: 'too_old' },
    ]);
  });

  test('refuses whom the policy does not name, and what was cut at 511 bytes', async () => {
    rds.front.behaviour.isAllowed = () => false;
    await expect(ask(user, token())).rejects.toMatchObject(denied);
    rds.front.behaviour.isAllowed = () => true;
    rds.front.behaviour.cutTokenAt = 511;
    await expect(ask(user, token())).rejects.toMatchObject(denied);
  });

  test('demands TLS of everybody before it asks for anything', async () => {
    const refusal = isPostgres ? { code: '28000', message: expect.stringMatching(/no encryption$/) } : { errno: 3159 };
    for (const as of [user, 'tg_plain']) await expect(ask(as, 'pw', false)).rejects.toMatchObject(refusal);
    expect(rds.front.seenTokens).toEqual([]);
  });

  test('can present the wrong authority, the wrong name, and no TLS at all', async () => {
    rds.front.behaviour.tls = 'other_authority';
    await expect(ask(user, token())).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO|HANDSHAKE/),
    });
    rds.front.behaviour.tls = 'other_name';
    await expect(ask(user, token())).rejects.toThrow(/altname/i);
    rds.front.behaviour.tls = 'none';
    await expect(ask(user, token())).rejects.toThrow(/SSL|secure connection/i);
    expect(rds.front.seenTokens).toEqual([]);
  });
});

describe('PostgreSQL', () => {
  test('relays the request to cancel and asks tokens of members at one remove', async () => {
    const rds = await startRdsPostgres({ credentials: [credentials] });
    try {
      await rds.run(`create role team; grant rds_iam to team; create user ${user}; grant team to ${user}`);
      const client = await connectPostgres(rds, user, makeToken(rds.front.endpoint, user, credentials));
      // A request that comes before the statement would stop nothing.
      const begun = once(client, 'notice');
      const running = client.query(`do $$ begin raise notice 'begun'; perform pg_sleep(50); end $$`);
      await begun;
      cancel(rds, client as unknown as { processID: number; secretKey: number });
      await expect(running).rejects.toMatchObject({ code: '57014' });
      await client.end();
    } finally {
      await rds.stop();
    }
  });
});

/** CancelRequest on a connection of its own, in clear text as clients send it when they like. */
function cancel(rds: RdsServer, { processID, secretKey }: { processID: number; secretKey: number }): void {
  const request = Buffer.alloc(16);
  [16, 80_877_102, processID, secretKey].forEach((number, index) => {
    request.writeInt32BE(number, index * 4);
  });
  connect(rds.front.port, '127.0.0.1').end(request);
}

async function connectPostgres(rds: RdsServer, as: string, password: string): Promise<Client> {
  const client = new Client(postgresOptions(rds, as, password));
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
