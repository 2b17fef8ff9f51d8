import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { kernelServer } from './http-test-kit.ts';

let folder: string;
let app: FastifyInstance;
const script = 'console.log("tide");'.repeat(100);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-web-'));
  await mkdir(join(folder, 'dist/assets'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'not for the web');
  await writeFile(join(folder, 'dist/index.html'), '<!doctype html><title>Tidegate</title>');
  await writeFile(join(folder, 'dist/assets/app-1a2b3c.js'), script);
  await writeFile(join(folder, 'dist/assets/app-1a2b3c.js.gz'), gzipSync(script));
  app = await kernelServer({ table: {}, handlers: {}, webDist: join(folder, 'dist') });
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

describe('the web application', () => {
  test.each(['/', '/index.html', '/projects/7?tab=members', '/sign-in'])('is drawn at %s', async (url) => {
    const answer = await app.inject({ url });
    expect([answer.statusCode, answer.body]).toEqual([200, '<!doctype html><title>Tidegate</title>']);
    expect(answer.headers['cache-control']).toBe('no-cache');
    expect(answer.headers['content-type']).toContain('text/html');
  });

  test('may not be framed, run inline scripts or reach elsewhere', async () => {
    const { headers } = await app.inject({ url: '/' });
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual(
      expect.arrayContaining(["script-src 'self'", "frame-ancestors 'none'", "connect-src 'self'"]),
    );
    expect(policy.join()).not.toContain('unsafe-eval');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });

  test('has its hashed files kept for ever, compressed where they are', async () => {
    const plain = await app.inject({ url: '/assets/app-1a2b3c.js' });
    expect([plain.body, plain.headers['cache-control']]).toEqual([script, 'public, max-age=31536000, immutable']);
    const packed = await app.inject({ url: '/assets/app-1a2b3c.js', headers: { 'accept-encoding': 'gzip' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.rawPayload.length).toBeLessThan(script.length / 2);
  });

  test.each(['/assets/app-old.js', '/api/v1/nothing', '/api/'])(
    'does not answer for %s: object.not_found',
    async (url) => {
      const answer = await app.inject({ url });
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'object.not_found']);
    },
  );

  test.each(['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/assets/..%5c..%5c..%5csecret.txt'])(
    'serves nothing outside of its folder: %s',
    async (url) => {
      expect((await app.inject({ url })).body).not.toContain('not for the web');
    },
  );

  test('takes no changes', async () => {
    const answer = await app.inject({ method: 'POST', url: '/projects' });
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'object.not_found']);
  });
});

describe('where people come by https', () => {
  test('the cookie is bound to the host and the browser stays with https', async () => {
    const config = { externalUrl: 'https://tide.example', trustedProxies: [], version: '0', checksAnswers: true };
    const secure = await kernelServer({
      table: {
        'POST /enter': { access: { public: 'For the test.' }, summary: '', response: z.object({}) },
      },
      handlers: {
        'POST /enter': async (_input, context) => {
          context.cookies.set('tidegate_sign_in', 'x', 60);
          return {};
        },
      },
      config,
    });
    const answer = await secure.inject({
      method: 'POST',
      url: '/api/v1/enter',
      headers: { origin: 'https://tide.example' },
    });
    expect(answer.cookies[0]).toMatchObject({
      name: '__Host-tidegate_sign_in',
      secure: true,
      httpOnly: true,
      path: '/',
    });
    expect(answer.headers['strict-transport-security']).toContain('max-age');
  });
});
