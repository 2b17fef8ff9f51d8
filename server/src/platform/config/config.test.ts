import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const key = Buffer.alloc(32, 7).toString('base64');

function faultsOf(environment: Record<string, string>): readonly string[] {
  const result = readConfig(environment, '/tmp');
  return result.ok ? [] : result.faults;
}

test('without settings the server is local, on port 8080, with its data in the current folder', () => {
  const result = readConfig({}, '/tmp');
  expect(result).toMatchObject({
    ok: true,
    warnings: [],
    config: { port: 8080, host: '127.0.0.1', dataFolder: '/tmp/.tidegate', trustedProxies: [] },
  });
  expect(result.ok && result.config.pgUrl).toBeUndefined();
});

test('every setting is read', () => {
  const result = readConfig(
    {
      PORT: '0',
      HOST: '::',
      TIDEGATE_DATA: 'data',
      PG_URL: 'postgresql://tide:pw@db/tide',
      TIDEGATE_EXTERNAL_URL: 'https://Gate.example.com/',
      TIDEGATE_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      TIDEGATE_SECRET_KEY: `${key},${key}`,
    },
    '/srv',
  );
  if (!result.ok) throw new Error(result.faults.join());
  expect(result.config).toMatchObject({
    port: 0,
    host: '::',
    dataFolder: '/srv/data',
    externalUrl: 'https://gate.example.com',
    trustedProxies: ['10.0.0.0/8', '::1'],
  });
  expect(result.config.pgUrl?.reveal()).toBe('postgresql://tide:pw@db/tide');
  expect(JSON.stringify(result.config)).not.toContain('pw');
  expect(JSON.stringify(result.config)).not.toContain(key);
});

test('all faults are told at once, one sentence each, without the secrets', () => {
  const faults = faultsOf({
    PORT: '80a',
    HOST: 'localhost:80',
    PG_URL: 'mysql://root:hunter2@db/x',
    TIDEGATE_EXTERNAL_URL: 'https://gate.example.com/app',
    TIDEGATE_TRUSTED_PROXIES: '10.0.0.0/33,proxy',
    TIDEGATE_SECRET_KEY: 'hunter2',
  });
  expect(faults).toEqual([
    'PORT must be a number from 0 to 65535 (0: any free port).',
    'HOST must be an address or a host name to listen on, without a port: 127.0.0.1, 0.0.0.0, ::',
    'PG_URL must begin with postgresql:// as in postgresql://user:password@host:5432/database',
    'TIDEGATE_EXTERNAL_URL must be the address people open, without a path: https://tidegate.example.com',
    'TIDEGATE_TRUSTED_PROXIES must be addresses or networks separated by commas (10.0.0.0/8, ::1); wrong: 10.0.0.0/33, proxy',
    'TIDEGATE_SECRET_KEY must be 32 random bytes as base64 or hexadecimal, or several separated by commas. Make one with: openssl rand -base64 32',
  ]);
  expect(faults.join()).not.toContain('hunter2');
});

test.each(['65536', '-1', '1.5', '0x50', '٣'])('port %s is refused', (port) => {
  expect(faultsOf({ PORT: port })).toEqual(['PORT must be a number from 0 to 65535 (0: any free port).']);
});

test('an empty setting is no setting', () => {
  expect(readConfig({ PORT: '', PG_URL: ' ' }, '/tmp')).toMatchObject({ ok: true, config: { port: 8080 } });
});

test('a misspelt setting is warned about', () => {
  const result = readConfig({ TIDEGATE_SECRETKEY: key }, '/tmp');
  expect(result.ok && result.warnings).toEqual([
    'TIDEGATE_SECRETKEY is not a setting of Tidegate; it has TIDEGATE_DATA, TIDEGATE_EXTERNAL_URL, ' +
      'TIDEGATE_TRUSTED_PROXIES, TIDEGATE_SECRET_KEY.',
  ]);
});
