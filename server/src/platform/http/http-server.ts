import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import { type RouteTable, routes } from '@tidegate/contract';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Clock } from '../clock/clock.ts';
import { AppError, notFound } from '../errors/app-error.ts';
import type { Log } from '../log/log.ts';
import { type ErasedHandler, listApiRoutes, registerApiRoute } from './api-routes.ts';
import { registerHealthRoutes } from './health-routes.ts';
import type { HttpConfig } from './http-config.ts';
import { createOpenApiDocument } from './openapi.ts';
import { asAppError, presentProblem } from './problem-answer.ts';
import type { Refusal } from './request-context.ts';
import { RequestLives } from './request-lives.ts';
import type { Actor, Handlers } from './route.ts';
import { securityHeaders } from './security-headers.ts';
import { registerWebApp } from './web-app.ts';

/** Who is behind a sign-in cookie, with rights read now. */
export interface SignedIn {
  readonly actor: Actor;
}

export interface HttpServerOptions {
  readonly handlers: Handlers;
  /** Null: no such sign-in, or it has ended. Rejects when that cannot be known. */
  readonly loadActor: (signInCookie: string) => Promise<SignedIn | null>;
  readonly config: HttpConfig;
  readonly log: Log;
  readonly clock: Clock;
  readonly isStoreReady: () => Promise<boolean>;
  /** The built web application's folder; null serves the API alone. */
  readonly webDist: string | null;
  /** A signed-in person was refused a change; called before he is told. */
  readonly onRefused: (refusal: Refusal) => Promise<void>;
}

/** What the route machinery needs. */
export interface HttpServices extends Pick<HttpServerOptions, 'loadActor' | 'config' | 'clock' | 'onRefused'> {
  readonly lives: RequestLives;
}

const bodyLimitBytes = 2 * 1024 * 1024;

/**
 * Serves `/api/v1` by the contract, `/healthz`, `/readyz` and the web application. Not listening yet. `close()` ends
 * all streams first.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  // Each handler's input is parsed by the very schemas from which its type comes.
  const handlers = options.handlers as unknown as Readonly<Record<string, ErasedHandler>>;
  return createServerFor(routes, handlers, options);
}

/** The same for any table of routes. */
export async function createServerFor(
  table: RouteTable,
  handlers: Readonly<Record<string, ErasedHandler>>,
  options: Omit<HttpServerOptions, 'handlers'>,
): Promise<FastifyInstance> {
  const { config, log } = options;
  const apiRoutes = listApiRoutes(table, handlers);
  const lives = new RequestLives();
  const services: HttpServices = { ...options, lives };
  const answerProblem = createProblemAnswer(log);
  const app = fastify({
    trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies],
    bodyLimit: bodyLimitBytes,
    genReqId: () => randomUUID(),
    exposeHeadRoutes: false,
    return503OnClosing: false,
    // To receive a request; answers may stream for as long as they like.
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
    frameworkErrors: answerProblem,
    routerOptions: { maxParamLength: 500 },
  });

  // Only JSON is read: forms and plain text, which other sites can send unasked, have no parser.
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parseJson(request, body.toString(), done);
  });

  const headers = securityHeaders(config);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...headers, 'x-request-id': request.id, 'cache-control': 'no-store' });
    if (lives.isStopping) throw new AppError('server.stopping', 'Tidegate is stopping. Try again in a moment.');
  });
  app.addHook('onResponse', async (request, reply) => logAnswer(log, request, reply));
  app.addHook('preClose', async () => lives.stop());
  app.setErrorHandler(answerProblem);

  await app.register(cookie);
  for (const route of apiRoutes) registerApiRoute(app, route, services);
  const document = JSON.stringify(createOpenApiDocument(table, config.version));
  app.get('/api/v1/openapi.json', async (_request, reply) => reply.type('application/json').send(document));
  registerHealthRoutes(app, options.isStoreReady);
  const answerWithoutRoute = await registerWebApp(app, options.webDist);
  app.setNotFoundHandler(async (request, reply) => {
    if (answerWithoutRoute !== null && (await answerWithoutRoute(request, reply))) return reply;
    return answerProblem(notFound('address'), request, reply);
  });
  return app;
}

function createProblemAnswer(log: Log) {
  return (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const error = asAppError(thrown);
    const details = { requestId: request.id, route: request.routeOptions?.url };
    if (error.code === 'server.failed') log.error({ ...details, err: thrown }, 'request failed');
    else if (error.status >= 500) log.warn({ ...details, err: thrown }, error.code);
    // A stream that was under way is broken off; there is nobody left to tell.
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    const retryAfter = error.details['retryAfterSeconds'];
    if (typeof retryAfter === 'number') reply.header('retry-after', String(Math.ceil(retryAfter)));
    reply
      .code(error.status)
      .type('application/problem+json; charset=utf-8')
      .send(JSON.stringify(presentProblem(error, request.id)));
  };
}

/** The route's pattern, never the address itself: invitation tokens stand in addresses. */
function logAnswer(log: Log, request: FastifyRequest, reply: FastifyReply): void {
  log.debug(
    {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    },
    'answered',
  );
}
