import type { Permission, RouteTable } from '@tidegate/contract';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { createLog } from '../log/log.ts';
import type { ErasedHandler } from './api-routes.ts';
import { createServerFor, type HttpServerOptions } from './http-server.ts';
import type { Actor } from './route.ts';

/** For tests of the kernel: an actor with the given permissions everywhere. */
export function actorWith(permissions: readonly Permission[], more: Partial<Actor> = {}): Actor {
  return {
    personId: '00000000-0000-4000-8000-000000000001',
    name: 'Ada',
    email: 'ada@example.test',
    adminPersonId: null,
    mustChangePassword: false,
    can: (permission) => permissions.includes(permission),
    projectsWith: (permission) => (permissions.includes(permission) ? 'all' : []),
    ...more,
  };
}

export interface KernelSetup extends Partial<Omit<HttpServerOptions, 'handlers'>> {
  readonly table: RouteTable;
  readonly handlers: Readonly<Record<string, ErasedHandler>>;
}

/** For tests of the kernel: a server over any table of routes; the cookie `ada` is signed in as `actor`. */
export function kernelServer({ table, handlers, ...options }: KernelSetup, actor?: Actor): Promise<FastifyInstance> {
  return createServerFor(table, handlers, {
    loadActor: async (cookie) => (cookie === 'ada' && actor !== undefined ? { actor } : null),
    config: { externalUrl: null, trustedProxies: [], version: '0.0.0-test', checksAnswers: true },
    log: createLog({ level: 'silent' }),
    clock: { now: async () => new Date('2026-01-01T00:00:00.000Z') },
    isStoreReady: async () => true,
    webDist: null,
    onRefused: async () => {},
    ...options,
  });
}

/** What a browser sends from our own page while signed in. */
export const asAda = {
  cookies: { tidegate_sign_in: 'ada' },
  headers: { 'sec-fetch-site': 'same-origin' },
} as const satisfies Partial<InjectOptions>;
