import { defineRoutes } from '@tidegate/contract';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { AppError } from '../errors/app-error.ts';
import { actorWith, asAda, kernelServer } from './http-test-kit.ts';
import type { Refusal } from './request-context.ts';

const id = '7d4a8a52-5f5e-4d0c-9a0e-0f1a2b3c4d5e';
const table = defineRoutes({
  'GET /open': { access: { public: 'For the test.' }, summary: 'Open.', response: z.object({ ok: z.boolean() }) },
  'GET /mine': { access: { permission: 'self.manage' }, summary: 'Mine.', response: z.object({ name: z.string() }) },
  'POST /things/:thingId': {
    access: { permission: 'project.manage' },
    summary: 'Changes a thing.',
    params: z.object({ thingId: z.uuid() }),
    query: z.object({ page: z.coerce.number().int().min(1).default(1) }),
    body: z.object({ name: z.string().min(2), deep: z.object({ list: z.array(z.number()) }).optional() }),
    response: z.object({ name: z.string(), page: z.number() }),
    status: 201,
  },
});
const handlers = {
  'GET /open': async () => ({ ok: true }),
  'GET /mine': async (_input: unknown, context: { actor: { name: string } }) => ({ name: context.actor.name }),
  'POST /things/:thingId': async (
    input: { body: unknown; query: unknown },
    context: { authorize: (permission: 'project.manage', resource: 'workspace') => void },
  ) => {
    context.authorize('project.manage', 'workspace');
    return { name: (input.body as { name: string }).name, page: (input.query as { page: number }).page };
  },
};
const admin = actorWith(['self.manage', 'project.manage']);
const setup = { table, handlers };
const change = { method: 'POST', url: `/api/v1/things/${id}`, ...asAda, payload: { name: 'gate' } } as const;

describe('a call', () => {
  test('is parsed, authorized and answered as the contract says', async () => {
    const app = await kernelServer(setup, admin);
    const answer = await app.inject({ ...change, query: { page: '3' } });
    expect([answer.statusCode, answer.json()]).toEqual([201, { name: 'gate', page: 3 }]);
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('with faults everywhere is told all of them by path', async () => {
    const app = await kernelServer(setup, admin);
    const answer = await app.inject({
      ...change,
      url: '/api/v1/things/7?page=0',
      payload: { name: 'x', deep: { list: ['no'] } },
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ type: 'urn:tidegate:error:request.invalid', code: 'request.invalid' });
    expect(Object.keys(answer.json().details.fields).sort()).toEqual(['deep.list.0', 'name', 'page', 'thingId']);
  });

  test('without a sign-in is refused with auth.required before its body is read', async () => {
    const app = await kernelServer(setup, admin);
    const answer = await app.inject({ ...change, cookies: {}, payload: '{broken' });
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'auth.required']);
  });

  test('with an unknown sign-in is refused with auth.required', async () => {
    const app = await kernelServer(setup, admin);
    const answer = await app.inject({ ...change, cookies: { tidegate_sign_in: 'mallory' } });
    expect(answer.json().code).toBe('auth.required');
  });

  test('whose caller lacks the permission is refused with auth.forbidden, and the refusal is told', async () => {
    const refusals: Refusal[] = [];
    const member = actorWith(['self.manage']);
    const onRefused = async (refusal: Refusal) => void refusals.push(refusal);
    const app = await kernelServer({ ...setup, onRefused }, member);
    const answer = await app.inject(change);
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'auth.forbidden']);
    expect(refusals).toMatchObject([{ permission: 'project.manage', route: 'POST /things/:thingId' }]);
  });

  test('of a person with a first password is refused with auth.password_change_required', async () => {
    const app = await kernelServer(setup, actorWith(['self.manage'], { mustChangePassword: true }));
    const answer = await app.inject({ method: 'GET', url: '/api/v1/mine', ...asAda });
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'auth.password_change_required']);
  });

  test.each([
    ['broken JSON', '{broken', 'application/json', 400, 'request.invalid'],
    ['a poisoned prototype', '{"__proto__":{"a":1}}', 'application/json', 400, 'request.invalid'],
    ['a form', 'name=gate', 'application/x-www-form-urlencoded', 415, 'request.media_type_refused'],
    ['plain text', '{"name":"gate"}', 'text/plain', 415, 'request.media_type_refused'],
    ['more than 2 MB', JSON.stringify({ name: 'x'.repeat(2_200_000) }), 'application/json', 413, 'request.too_large'],
  ])('with %s is answered by a problem', async (_name, payload, type, status, code) => {
    const app = await kernelServer(setup, admin);
    const answer = await app.inject({ ...change, payload, headers: { ...asAda.headers, 'content-type': type } });
    expect([answer.statusCode, answer.json().code, answer.json().status]).toEqual([status, code, status]);
  });

  test.each(['/api/v1/nothing', '/nothing', '/api/v1/%c0%af'])('to %s finds nothing', async (url) => {
    const app = await kernelServer(setup, admin);
    const answer = await app.inject({ method: 'GET', url });
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(['object.not_found', 'request.invalid']).toContain(answer.json().code);
  });
});

describe('the kernel fails closed', () => {
  const mine = { method: 'GET', url: '/api/v1/open' } as const;
  const asks = (handler: (typeof handlers)['GET /open']) =>
    kernelServer({ ...setup, handlers: { ...handlers, 'POST /things/:thingId': handler } }, admin);

  test('when a handler did not authorize: 500 and nothing of the answer', async () => {
    const app = await asks(async () => ({ ok: true, secret: 'high water' }) as never);
    const answer = await app.inject(change);
    expect([answer.statusCode, answer.json().code]).toEqual([500, 'server.failed']);
    expect(answer.body).not.toContain('high water');
  });

  test('when an error would tell of an object before anything was authorized', async () => {
    const app = await asks(async () => {
      throw new AppError('object.conflict', 'The tide is high.');
    });
    const answer = await app.inject(change);
    expect([answer.statusCode, answer.json().code]).toEqual([500, 'server.failed']);
    expect(answer.body).not.toContain('tide is high');
  });

  test('when a route declares neither a permission nor why it is public', async () => {
    const silent = { ...table, 'GET /silent': { access: {}, summary: '', response: z.object({}) } };
    const handlersToo = { ...handlers, 'GET /silent': async () => ({}) };
    await expect(kernelServer({ table: silent as never, handlers: handlersToo })).rejects.toThrow(
      'GET /silent declares neither a permission nor why it is public.',
    );
  });

  test('when a route has no handler', async () => {
    const { 'GET /mine': _gone, ...rest } = handlers;
    await expect(kernelServer({ table, handlers: rest })).rejects.toThrow('GET /mine has no handler.');
  });

  test('when an answer drifts from the contract', async () => {
    const drifting = { ...handlers, 'GET /open': async () => ({ ok: true, passwordHash: 'x' }) };
    const app = await kernelServer({ table, handlers: drifting });
    expect((await app.inject(mine)).json().code).toBe('server.failed');
  });

  test('without telling the caller what went wrong inside', async () => {
    const failing = {
      ...handlers,
      'GET /open': async () => {
        throw new Error('password=hunter2');
      },
    };
    const answer = await (await kernelServer({ table, handlers: failing })).inject(mine);
    expect([answer.statusCode, answer.json().code]).toEqual([500, 'server.failed']);
    expect(answer.body).not.toContain('hunter2');
    expect(answer.json().id).toBe(answer.headers['x-request-id']);
  });

  test('with store.unavailable while the store is away, and recovers', async () => {
    let isAway = true;
    const loadActor = async () => {
      if (isAway) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      return { actor: admin };
    };
    const app = await kernelServer({ ...setup, loadActor, isStoreReady: async () => !isAway });
    const away = await app.inject(change);
    expect([away.statusCode, away.json().code]).toEqual([503, 'store.unavailable']);
    expect((await app.inject({ url: '/readyz' })).statusCode).toBe(503);
    expect((await app.inject({ url: '/healthz' })).statusCode).toBe(200);
    isAway = false;
    expect((await app.inject(change)).statusCode).toBe(201);
    expect((await app.inject({ url: '/readyz' })).statusCode).toBe(200);
  });
});

describe('the caller’s address', () => {
  const where = { ...table, 'GET /where': { ...table['GET /open'], response: z.object({ address: z.string() }) } };
  const addressFrom = async (trustedProxies: readonly string[], remoteAddress: string): Promise<string> => {
    const app = await kernelServer({
      table: where,
      handlers: { ...handlers, 'GET /where': async (_input, { address }) => ({ address }) },
      config: { externalUrl: null, trustedProxies, version: '0', checksAnswers: true },
    });
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    return (await app.inject({ url: '/api/v1/where', remoteAddress, headers })).json().address;
  };

  test('is what a trusted proxy vouches for, and nobody else', async () => {
    expect(await addressFrom([], '10.0.0.1')).toBe('10.0.0.1');
    expect(await addressFrom(['10.0.0.0/8'], '10.0.0.1')).toBe('203.0.113.9');
    expect(await addressFrom(['10.0.0.0/8'], '192.0.2.1')).toBe('192.0.2.1');
  });
});
