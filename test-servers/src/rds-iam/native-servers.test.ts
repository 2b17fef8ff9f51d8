import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { awsCliToken } from './aws-cli.ts';
import { makeToken } from './make-token.ts';
import { startPamMariaDb, startPamPostgres } from './pam-servers.ts';
import { startPluginMySql } from './plugin-servers.ts';
import type { RdsServer } from './rds-servers.ts';
import { askMySql, askPostgres } from './test-ask.ts';

const credentials = {
  accessKeyId: 'ASIATIDEGATETESTKEY4',
  secretAccessKey: 'secret-of-this-test',
  sessionToken: 'session/'.repeat(120),
};
const user = 'tidegate_iam';

// A service of PAM is a file of root's; elsewhere these two cannot be made, and the fronts stand for PostgreSQL.
const withPam = {
  'PostgreSQL with PAM': () => startPamPostgres({ credentials: [credentials] }),
  'MariaDB with PAM': () => startPamMariaDb({ credentials: [credentials] }),
};
const servers = {
  ...(process.getuid?.() === 0 ? withPam : {}),
  'MariaDB with the plugin': () => startPluginMySql({ credentials: [credentials], kind: 'mariadb' }),
  'MySQL with the plugin': () => startPluginMySql({ credentials: [credentials] }),
};

describe.each(Object.entries(servers))('%s', (title, start) => {
  let rds: RdsServer;
  const isPostgres = title.startsWith('PostgreSQL');
  const denied = isPostgres
    ? { code: '28000', message: `PAM authentication failed for user "${user}"` }
    : { errno: 1045 };
  const ask = (password: string, withTls = true): Promise<string> =>
    (isPostgres ? askPostgres : askMySql)(rds, user, password, withTls);

  beforeAll(async () => {
    rds = await start();
    await rds.makeIamUser(user);
  });
  afterAll(() => rds.stop());
  beforeEach(() => {
    rds.front.seenTokens.length = 0;
  });

  test('verifies the whole of a long token by itself and lets the user in', async () => {
    const token = makeToken(rds.front.endpoint, user, credentials);
    expect(token.length).toBeGreaterThan(1_200);
    expect(await ask(token)).toMatch(new RegExp(`^${user} x`));
    expect(rds.front.seenTokens).toMatchObject([{ token, verdict: { isAccepted: true } }]);
  });

  test('accepts a token of the vendor’s own client', async () => {
    const env = {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    };
    expect(await ask(await awsCliToken(rds.front.endpoint, user, env))).toMatch(/^tidegate_iam/);
  });

  test('refuses a token of another user, and any without TLS', async () => {
    await expect(ask(makeToken(rds.front.endpoint, 'other', credentials))).rejects.toMatchObject(denied);
    expect(rds.front.seenTokens).toMatchObject([{ verdict: { refusal: 'wrong_user' } }]);
    await expect(ask(makeToken(rds.front.endpoint, user, credentials), false)).rejects.toMatchObject(
      isPostgres ? { code: '28000' } : { errno: 1045 },
    );
  });
});
