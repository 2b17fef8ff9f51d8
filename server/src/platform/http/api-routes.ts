import type { Permission, RouteDefinition, RouteKey, RouteTable } from '@tidegate/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { AppError } from '../errors/app-error.ts';
import { checkAnswer } from './check-answer.ts';
import { createCookieJar, signInCookie } from './cookie-jar.ts';
import { answerEvents } from './event-stream.ts';
import type { HttpServices } from './http-server.ts';
import { checkOrigin } from './origin-check.ts';
import { parseInput, type RawInput } from './parse-input.ts';
import { createRequestContext, type KernelContext } from './request-context.ts';
import { answerLines } from './stream-answer.ts';

/** A handler whose input and answer are known only to its route's schemas. */
export type ErasedHandler = (input: RawInput, context: KernelContext) => Promise<unknown>;

export interface ApiRoute {
  readonly key: RouteKey;
  readonly method: HTTPMethods;
  /** Below `/api/v1`. */
  readonly path: string;
  readonly definition: RouteDefinition;
  readonly handler: ErasedHandler;
}

/** What a person with a first password may do until he has chosen his own. */
const allowedBeforePasswordChange: ReadonlySet<string> = new Set(['GET /me', 'POST /me/password', 'POST /sign-out']);

/** Errors that may leave a handler before it has authorized anything: they say nothing about an object. */
const saidBeforeAuthorizing: ReadonlySet<string> = new Set([
  'request.invalid',
  'auth.required',
  'auth.forbidden',
  'object.not_found',
  'store.unavailable',
  'server.failed',
  'server.stopping',
]);

/** The permission a route declares; null for a public one. Refuses a route that declares neither: nothing is open by omission. */
export function declaredPermission(key: string, definition: RouteDefinition): Permission | null {
  const { access } = definition;
  if ('permission' in access && access.permission !== undefined) return access.permission;
  if ('public' in access && typeof access.public === 'string' && access.public !== '') return null;
  throw new Error(`${key} declares neither a permission nor why it is public.`);
}

/** Pairs the contract's table with the handlers; refuses to start with one missing. */
export function listApiRoutes(table: RouteTable, handlers: Readonly<Record<string, ErasedHandler>>): ApiRoute[] {
  return Object.entries(table).map(([name, definition]) => {
    const key = name as RouteKey;
    const [method = '', path = ''] = key.split(' ');
    declaredPermission(key, definition);
    const handler = Object.hasOwn(handlers, key) ? handlers[key] : undefined;
    if (handler === undefined) throw new Error(`${key} has no handler.`);
    return { key, method: method as HTTPMethods, path, definition, handler };
  });
}

export function registerApiRoute(app: FastifyInstance, route: ApiRoute, services: HttpServices): void {
  const admitted = new WeakMap<FastifyRequest, { context: KernelContext; life: AbortController }>();
  app.route({
    method: route.method,
    url: `/api/v1${route.path}`,
    // Before the body is read: strangers cannot make the server parse anything.
    onRequest: async (request, reply) => {
      admitted.set(request, await admit(route, request, reply, services));
    },
    handler: async (request, reply) => {
      const entry = admitted.get(request);
      if (entry === undefined) throw new Error('A request reached its handler without being admitted.');
      const { context, life } = entry;
      try {
        await answer(route, request, reply, { context, life, services });
      } catch (error) {
        throw await explainRefusal(route, context, error, services);
      }
      return reply;
    },
  });
}

async function admit(route: ApiRoute, request: FastifyRequest, reply: FastifyReply, services: HttpServices) {
  const { config } = services;
  checkOrigin({
    method: request.method,
    origin: request.headers.origin,
    fetchSite: oneHeader(request.headers['sec-fetch-site']),
    fetchMode: oneHeader(request.headers['sec-fetch-mode']),
    host: request.host,
    externalUrl: config.externalUrl,
  });
  const life = services.lives.begin(reply);
  const context: KernelContext = createRequestContext({
    route: route.key,
    address: request.ip,
    externalUrl: config.externalUrl?.replace(/\/+$/, '') ?? `${request.protocol}://${request.host}`,
    requestId: request.id,
    cookies: createCookieJar(request, reply, config),
    signal: life.signal,
    reload: () => loadCaller(context, services),
  });
  await loadCaller(context, services);
  const permission = declaredPermission(route.key, route.definition);
  if (permission !== null) {
    if (context.actor.mustChangePassword && !allowedBeforePasswordChange.has(route.key)) {
      throw new AppError('auth.password_change_required', 'Choose a password of your own first.');
    }
    if (permission === 'self.manage') context.authorize('self.manage', 'self');
  }
  return { context, life };
}

/** Reads the sign-in and the rights behind the cookie, anew at each call. */
async function loadCaller(context: KernelContext, services: HttpServices): Promise<void> {
  const cookie = context.cookies.get(signInCookie);
  const signedIn = cookie === null ? null : await services.loadActor(cookie);
  context.setActor(signedIn?.actor ?? null);
}

interface Call {
  readonly context: KernelContext;
  readonly life: AbortController;
  readonly services: HttpServices;
}

async function answer(route: ApiRoute, request: FastifyRequest, reply: FastifyReply, call: Call): Promise<void> {
  const { context, life, services } = call;
  const { definition } = route;
  const input = parseInput(definition, { params: request.params, query: request.query, body: request.body });
  const result = await route.handler(input, context);
  demandAuthorized(route, context);
  const check = (item: unknown): void => {
    if (services.config.checksAnswers) checkAnswer(definition.response, item, route.key);
  };
  if (definition.stream === 'ndjson') {
    await answerLines({ reply, items: result as AsyncIterable<unknown>, signal: life.signal, check });
  } else if (definition.stream === 'sse') {
    await answerEvents({
      reply,
      items: result as AsyncIterable<unknown>,
      life,
      check,
      serverNow: () => services.clock.now(),
      isStillSignedIn: async () => {
        await loadCaller(context, services);
        return context.maybeActor !== null;
      },
      clockIntervalMs: services.config.clockIntervalMs ?? 15_000,
    });
  } else {
    check(result);
    reply
      .code(definition.status ?? 200)
      .type('application/json; charset=utf-8')
      .send(JSON.stringify(result));
  }
}

/** Fails closed: a handler that forgot to check its route's permission shows nothing. */
function demandAuthorized(route: ApiRoute, context: KernelContext): void {
  const permission = declaredPermission(route.key, route.definition);
  if (permission !== null && !context.hasAuthorized(permission)) {
    throw new Error(`${route.key} did not authorize ${permission}.`);
  }
}

/**
 * An error may tell as much as an answer: what is thrown before the declared permission was checked leaves only if it
 * says nothing about an object. A refused change goes to the audit.
 */
async function explainRefusal(
  route: ApiRoute,
  context: KernelContext,
  error: unknown,
  services: HttpServices,
): Promise<unknown> {
  if (context.refusal !== null && route.method !== 'GET') await services.onRefused(context.refusal);
  if (!(error instanceof AppError) || saidBeforeAuthorizing.has(error.code)) return error;
  const permission = declaredPermission(route.key, route.definition);
  if (permission === null || context.hasAuthorized(permission)) return error;
  return new Error(`${route.key} answered ${error.code} before it authorized ${permission}.`, { cause: error });
}

const oneHeader = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(',') : value;
