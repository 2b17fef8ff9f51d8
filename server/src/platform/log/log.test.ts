import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { kernelServer } from '../http/http-test-kit.ts';
import { createLog } from './log.ts';

function logInto(lines: string[], level = 'debug') {
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return createLog({ level, destination });
}

test('secrets are struck out wherever they stand', () => {
  const lines: string[] = [];
  const secrets = { password: 'tide1', authorization: 'tide2', cookie: 'tide3', token: 'tide4' };
  logInto(lines).info({ ...secrets, body: secrets, request: { headers: secrets } }, 'careful');
  expect(lines.join()).not.toMatch(/tide\d/);
  expect(lines.join()).toContain('careful');
});

test('of an error the message, code and stack are kept, and nothing a driver hung on it', () => {
  const lines: string[] = [];
  const cause = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (email)=(ada@example.test)' });
  logInto(lines).error({ err: new Error('insert failed', { cause }) }, 'failed');
  expect(lines.join()).not.toContain('ada@example.test');
  expect(JSON.parse(lines[0] ?? '').err.cause).toMatchObject({ code: '23505', message: 'duplicate key' });
});

test('an answer is logged by its route’s pattern, without address, body or cookie', async () => {
  const lines: string[] = [];
  const app = await kernelServer({
    table: {
      'POST /invitations/:token/accept': {
        access: { public: 'For the test.' },
        summary: '',
        params: z.object({ token: z.string() }),
        body: z.object({ password: z.string() }),
        response: z.object({}),
      },
    },
    handlers: {
      'POST /invitations/:token/accept': async () => {
        throw new Error('the gate is stuck');
      },
    },
    log: logInto(lines),
  });
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/invitations/tide-token/accept?also=tide-query',
    headers: { 'sec-fetch-site': 'same-origin' },
    cookies: { tidegate_sign_in: 'tide-cookie' },
    payload: { password: 'tide-password' },
  });
  const text = lines.join();
  expect(text).toContain('/api/v1/invitations/:token/accept');
  expect(text).toContain(answer.json().id);
  expect(text).toContain('the gate is stuck');
  expect(text).not.toMatch(/tide-(token|query|cookie|password)/);
});

test('a token or key of AWS is struck out, also where it stands in an error’s words', () => {
  const lines: string[] = [];
  const token = 'db:3306/?Action=connect&X-Amz-Credential=AKIA1&X-Amz-Security-Token=tide1&X-Amz-Signature=tide2';
  const keys = { secretAccessKey: 'tide3', sessionToken: 'tide4' };
  logInto(lines).debug({ err: new Error(`refused: ${token}`, { cause: new Error(token) }), keys, ...keys }, 'login');
  expect(lines.join()).not.toMatch(/tide\d|AKIA1/);
  expect(lines.join()).toContain('Action=connect');
});
