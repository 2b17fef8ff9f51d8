import { type Permission, permissions, type RouteDefinition, routes } from '@tidegate/contract';
import type { FastifyInstance } from 'fastify';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { declaredPermission, type ErasedHandler } from './api-routes.ts';
import { actorWith, kernelServer } from './http-test-kit.ts';
import { parseInput } from './parse-input.ts';
import { asSignedIn, probeRoutes, sampleOf, sendTo, unlike } from './route-test-kit.ts';

/** Handlers that would show everything to everybody: only the kernel stands before them. */
const careless = Object.fromEntries(
  Object.keys(routes).map((key) => [key, (async () => ({ leaked: true })) satisfies ErasedHandler]),
);
const entries = Object.entries(routes) as [string, RouteDefinition][];
const isPublic = (route: RouteDefinition): boolean => 'public' in route.access;

describe('every route', () => {
  test.each(entries)('%s declares a known permission or why it is public', (key, route) => {
    const permission: Permission | null = declaredPermission(key, route);
    if (permission !== null) expect(permissions).toContain(permission);
    else expect(String((route.access as { public: string }).public).length).toBeGreaterThan(20);
  });

  test('that is public is known by name here: nothing becomes public unnoticed', () => {
    expect(entries.filter(([, route]) => isPublic(route)).map(([key]) => key)).toEqual([
      'GET /setup',
      'POST /register',
      'POST /sign-in',
      'GET /invitations/:token',
      'POST /invitations/:token/accept',
    ]);
  });

  test.each(entries)('%s can be called with a sample of its own schemas', (_key, route) => {
    const { params: _params, query: _query, ...withBody } = route;
    const body = route.body === undefined ? undefined : sampleOf(z.toJSONSchema(route.body, { io: 'input' }));
    expect(() => parseInput(withBody, { params: {}, query: {}, body })).not.toThrow();
  });
});

describe('over all routes', () => {
  let app: FastifyInstance;
  const everything = actorWith(permissions);

  beforeAll(async () => {
    app = await kernelServer({ table: routes, handlers: careless }, everything);
  });

  test('without a sign-in every route that is not public answers auth.required', async () => {
    const probes = await probeRoutes(sendTo(app), routes, { only: (_key, route) => !isPublic(route) });
    expect(probes.length).toBeGreaterThan(70);
    expect(unlike(probes, ['auth.required'])).toEqual([]);
  });

  test('from another site every change is refused with request.origin_refused, signed in or not', async () => {
    const headers = { origin: 'https://evil.example', cookie: 'tidegate_sign_in=ada' };
    const probes = await probeRoutes(sendTo(app), routes, { headers, only: (key) => !key.startsWith('GET ') });
    expect(probes.length).toBeGreaterThan(30);
    expect(unlike(probes, ['request.origin_refused'])).toEqual([]);
  });

  test('a handler that authorizes nothing shows nothing, whatever the caller holds', async () => {
    const isChecked = (_key: string, route: RouteDefinition) =>
      'permission' in route.access && route.access.permission !== 'self.manage';
    const probes = await probeRoutes(sendTo(app), routes, { headers: asSignedIn('ada'), only: isChecked });
    expect(probes.length).toBeGreaterThan(40);
    expect(unlike(probes, ['server.failed'])).toEqual([]);
  });

  test('with a first password only choosing an own one is possible', async () => {
    const actor = actorWith(permissions, { mustChangePassword: true });
    const strict = await kernelServer({ table: routes, handlers: careless }, actor);
    const probes = await probeRoutes(sendTo(strict), routes, {
      headers: asSignedIn('ada'),
      only: (_key, route) => !isPublic(route),
    });
    const open = probes.filter((probe) => probe.code !== 'auth.password_change_required').map((probe) => probe.key);
    expect(open.sort()).toEqual(['GET /me', 'POST /me/password', 'POST /sign-out']);
  });
});
