import { expect, test } from 'vitest';
import { EngineError, type InstanceTarget } from './engine.ts';
import { accountNotLetIn } from './stands-between.ts';

const target: InstanceTarget = {
  ...{ engine: 'postgresql', host: 'db.example.test', port: 5432, user: 'tidegate', password: async () => '' },
  ...{ tls: { mode: 'verify-full', ca: null }, maintenanceDatabase: null, connectTimeoutMs: 1_000 },
};

test('a proxy is named though the connection method has put its own words over the refusal', () => {
  const cause = new Error('This RDS proxy has no credentials for the role tg_a. Check the credentials for this role.');
  const error = new EngineError('auth_failed', 'The server does not ask tg_a for a token: the user lacks rds_iam.', {
    hint: 'Run at the server: GRANT rds_iam TO tg_a;',
    cause,
  });
  const words = accountNotLetIn(target, error);
  expect(words).toMatch(/^RDS Proxy at db\.example\.test:5432 does not let in.*no credentials for the role tg_a/);
  expect(words).toContain('the endpoint of the cluster');
  expect(words).not.toContain('rds_iam');
});

test('a token that is refused may be a proxy’s doing or the policy’s, and both are said', () => {
  const error = new EngineError('token_refused', 'The server refused the token for tg_a.', {
    hint: 'Allow rds-db:connect on dbuser:cluster-1/tg_a.',
  });
  const words = accountNotLetIn(target, error);
  expect(words).toContain('rds-db:connect');
  expect(words).toContain('the endpoint of the cluster');
});

test('what is no refusal of a login is left as it is', () => {
  expect(accountNotLetIn(target, new EngineError('timeout', 'The server did not answer.'))).toBeNull();
});
