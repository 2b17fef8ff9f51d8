import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defineRoutes } from '@tidegate/contract';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { AppError } from '../errors/app-error.ts';
import type { Change } from '../events/change-feed.ts';
import { eventHandlers } from '../events/event-handlers.ts';
import type { ErasedHandler } from './api-routes.ts';
import { actorWith, type KernelSetup, kernelServer } from './http-test-kit.ts';
import type { RequestContext } from './route.ts';

const table = defineRoutes({
  'GET /lines': {
    access: { permission: 'self.manage' },
    summary: 'Lines.',
    response: z.object({ n: z.number(), text: z.string().optional() }),
    stream: 'ndjson',
  },
  'GET /events': {
    access: { permission: 'self.manage' },
    summary: 'Events.',
    query: z.object({ agoMs: z.coerce.number().int().min(0).optional() }),
    response: z.object({ topic: z.string(), id: z.string().nullable(), projectId: z.string().nullable() }),
    stream: 'sse',
  },
});

let app: FastifyInstance | null = null;
afterEach(async () => {
  await app?.close();
  app = null;
});

type Lines = (signal: AbortSignal) => AsyncIterable<{ n: number; text?: string }>;

/** A feed whose changes the test makes itself. One who listens keeps what is recent, for as long as the server runs. */
function handFeed() {
  const listeners = new Set<{ change: (change: Change) => void; gap: () => void }>();
  return {
    listeners,
    feed: {
      publish: async () => {},
      subscribe: (change: (change: Change) => void, gap: () => void = () => {}) => {
        const entry = { change, gap };
        listeners.add(entry);
        return () => void listeners.delete(entry);
      },
    },
    tell: (change: Change) => {
      for (const listener of listeners) listener.change(change);
    },
  };
}

async function serve(lines: Lines, options: Partial<KernelSetup> = {}, actor = actorWith(['self.manage'])) {
  const hand = handFeed();
  const handlers = {
    'GET /lines': async (_input: unknown, context: RequestContext) => lines(context.signal),
    ...eventHandlers(hand.feed),
  } as unknown as Readonly<Record<string, ErasedHandler>>;
  app = await kernelServer({ table, handlers, ...options }, actor);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return { ...hand, url: `http://127.0.0.1:${port}/api/v1`, port };
}

const cookie = { cookie: 'tidegate_sign_in=ada' };

describe('lines', () => {
  test('arrive one by one, as they are made', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { url } = await serve(async function* lines() {
      yield { n: 1 };
      await held;
      yield { n: 2 };
    });
    const answer = await fetch(`${url}/lines`, { headers: cookie });
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('{"n":1}\n');
    release();
    expect((await reader?.read())?.value).toBe('{"n":2}\n');
    expect((await reader?.read())?.done).toBe(true);
  });

  test('that fail before the first are a problem', async () => {
    const { url } = await serve(async function* lines() {
      if (url !== '') throw new AppError('session.no_access', 'You have no access.');
      yield { n: 1 };
    });
    const answer = await fetch(`${url}/lines`, { headers: cookie });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'session.no_access' });
  });

  test('that fail later break the connection, so that nobody takes them for whole', async () => {
    const { url } = await serve(async function* lines() {
      yield { n: 1 };
      throw new Error('the source broke');
    });
    const answer = await fetch(`${url}/lines`, { headers: cookie });
    await expect(answer.text()).rejects.toThrow('terminated');
  });

  test('none at all are an empty answer', async () => {
    const { url } = await serve(async function* lines() {});
    expect(await (await fetch(`${url}/lines`, { headers: cookie })).text()).toBe('');
  });

  test('wait for a slow reader instead of filling memory', async () => {
    let made = 0;
    const { port } = await serve(async function* lines(signal) {
      for (; made < 4000 && !signal.aborted; made += 1) yield { n: made, text: 'x'.repeat(16_384) };
    });
    const call = request({ port, host: '127.0.0.1', path: '/api/v1/lines', headers: cookie });
    call.end();
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    let bytes = 0;
    let longestLead = 0;
    for await (const chunk of answer) {
      bytes += (chunk as Buffer).length;
      longestLead = Math.max(longestLead, made * 16_384 - bytes);
    }
    expect([made, bytes > 4000 * 16_384]).toEqual([4000, true]);
    // What fits into the buffers on the way, far from the 64 MB there are.
    expect(longestLead).toBeLessThan(16_000_000);
  });

  test('stop being made when the reader goes away', async () => {
    const stopped = Promise.withResolvers<string>();
    const { url } = await serve(async function* lines(signal) {
      signal.addEventListener('abort', () => stopped.resolve('aborted'));
      yield { n: 1 };
      await once(signal, 'abort');
    });
    const away = new AbortController();
    const answer = await fetch(`${url}/lines`, { headers: cookie, signal: away.signal });
    expect(answer.status).toBe(200);
    away.abort();
    expect(await stopped.promise).toBe('aborted');
  });

  test('end when the server stops', async () => {
    const { url } = await serve(async function* lines(signal) {
      yield { n: 1 };
      await once(signal, 'abort');
    });
    const answer = await fetch(`${url}/lines`, { headers: cookie });
    await app?.close();
    expect(await answer.text()).toBe('{"n":1}\n');
  });
});

async function listenTo(url: string, query = '') {
  const answer = await fetch(`${url}/events${query}`, { headers: cookie });
  const reader = (answer.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
  let buffered = '';
  const next = async (): Promise<string> => {
    while (!buffered.includes('\n\n')) {
      const { value, done } = await reader.read();
      if (done) return 'end';
      buffered += value;
    }
    const [event = '', ...rest] = buffered.split('\n\n');
    buffered = rest.join('\n\n');
    return event;
  };
  return { answer, next };
}

const mine = (topic: string, projectId: string | null = null): Change =>
  ({
    event: { topic, id: null, projectId },
    audience: { personIds: [actorWith([]).personId], projectId },
  }) as Change;

describe('the event stream', () => {
  /** After its beginning. */
  const listenOn = async (url: string) => {
    const { next } = await listenTo(url);
    expect(await next()).toContain('event: clock');
    expect(await next()).toContain('"topic":"all"');
    return next;
  };
  const noLines: Lines = async function* lines() {};

  test('begins with the server’s clock and tells changes to whom they concern', async () => {
    const { url, tell } = await serve(noLines);
    const { answer, next } = await listenTo(url);
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(await next()).toBe('event: clock\ndata: {"serverNow":"2026-01-01T00:00:00.000Z"}');
    expect(await next()).toBe('event: change\ndata: {"topic":"all","id":null,"projectId":null}');
    tell({ ...mine('grant'), audience: { personIds: ['somebody else'], projectId: 'not mine' } });
    tell(mine('request'));
    expect(await next()).toBe('event: change\ndata: {"topic":"request","id":null,"projectId":null}');
  });

  test('repeats what concerns the reader of the time he asks for, and says when it does not know', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { url, tell, listeners } = await serve(noLines);
    const first = async (query: string, count: number) => {
      const { next } = await listenTo(url, query);
      expect(await next()).toContain('event: clock');
      const events = [];
      for (let index = 0; index < count; index += 1) events.push(/"topic":"(\w+)"/.exec(await next())?.[1]);
      return events;
    };
    expect(await first('?agoMs=0', 1)).toEqual(['all']);
    vi.advanceTimersByTime(20_000);
    tell(mine('grant'));
    vi.advanceTimersByTime(6_000);
    tell({ ...mine('member'), audience: { personIds: ['somebody else'], projectId: 'not mine' } });
    tell(mine('request'));
    vi.advanceTimersByTime(1_000);
    expect(await first('?agoMs=1000', 1)).toEqual(['request']);
    expect(await first('?agoMs=3000', 2)).toEqual(['grant', 'request']);
    expect(await first('?agoMs=23000', 1)).toEqual(['all']);
    expect(await first('', 1)).toEqual(['all']);
    for (const listener of [...listeners]) listener.gap();
    vi.advanceTimersByTime(1_000);
    expect(await first('?agoMs=0', 1)).toEqual(['all']);
    expect((await fetch(`${url}/events?agoMs=-1`, { headers: cookie })).status).toBe(400);
  });

  test('tells of a project to those who may view it', async () => {
    const viewer = actorWith(['self.manage'], {
      can: (permission, resource) =>
        permission === 'self.manage' || (typeof resource === 'object' && resource.projectId === 'tide'),
    });
    const { url, tell } = await serve(noLines, {}, viewer);
    const next = await listenOn(url);
    for (const projectId of ['ebb', 'tide']) {
      tell({ event: { topic: 'member', id: null, projectId }, audience: { personIds: [], projectId } });
    }
    expect(await next()).toContain('"projectId":"tide"');
  });

  test('ticks, and ends when the sign-in has ended meanwhile', async () => {
    let isSignedIn = true;
    const actor = actorWith(['self.manage']);
    const { url } = await serve(noLines, {
      loadActor: async () => (isSignedIn ? { actor } : null),
      config: { externalUrl: null, trustedProxies: [], version: '0', checksAnswers: true, clockIntervalMs: 20 },
    });
    const { next } = await listenTo(url);
    expect(await next()).toContain('event: clock');
    expect(await next()).toContain('"topic":"all"');
    expect(await next()).toContain('event: clock');
    isSignedIn = false;
    let last = await next();
    while (last !== 'end') last = await next();
    expect(last).toBe('end');
  });

  test('ends at once at sign-out, before anything more is told', async () => {
    let isSignedIn = true;
    const actor = actorWith(['self.manage']);
    const { url, tell, listeners } = await serve(noLines, { loadActor: async () => (isSignedIn ? { actor } : null) });
    const next = await listenOn(url);
    isSignedIn = false;
    tell(mine('me'));
    tell(mine('request'));
    expect(await next()).toBe('end');
    expect(listeners.size).toBe(1);
  });

  test('ends after a gap in the changes, so that the page comes back', async () => {
    const { url, listeners } = await serve(noLines);
    const next = await listenOn(url);
    for (const listener of [...listeners]) listener.gap();
    expect(await next()).toBe('end');
  });

  test('ends when the server stops', async () => {
    const { url, listeners } = await serve(noLines);
    const next = await listenOn(url);
    await app?.close();
    expect(await next()).toBe('end');
    expect(listeners.size).toBe(1);
  });
});
