import type {} from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type HttpConfig, isHttps } from './http-config.ts';
import type { CookieJar } from './route.ts';

/** The cookie that carries the id of a sign-in. */
export const signInCookie = 'tidegate_sign_in';

/** `__Host-` makes the browser refuse a cookie that another host or path has set; it needs https. */
export function cookieName(name: string, config: HttpConfig): string {
  return isHttps(config) ? `__Host-${name}` : name;
}

export function createCookieJar(request: FastifyRequest, reply: FastifyReply, config: HttpConfig): CookieJar {
  const attributes = { path: '/', httpOnly: true, sameSite: 'lax', secure: isHttps(config) } as const;
  return {
    get: (name) => request.cookies[cookieName(name, config)] ?? null,
    set(name, value, maxAgeSeconds) {
      reply.setCookie(cookieName(name, config), value, { ...attributes, maxAge: maxAgeSeconds });
    },
    clear(name) {
      reply.clearCookie(cookieName(name, config), attributes);
    },
  };
}
