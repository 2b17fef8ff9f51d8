import { existsSync } from 'node:fs';
import { join } from 'node:path';
import staticFiles from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Answers where no route matches; false: not its business. */
export type AnswerWithoutRoute = (request: FastifyRequest, reply: FastifyReply) => Promise<boolean>;

const assetFolder = '/assets/';

/**
 * The built web application. Files under `assets/` carry a hash in their name and never change; `.gz` and `.br` beside
 * a file are sent to browsers that take them. Every other address is a page, which index.html draws.
 */
export async function registerWebApp(app: FastifyInstance, folder: string | null): Promise<AnswerWithoutRoute | null> {
  if (folder === null || !existsSync(join(folder, 'index.html'))) return null;
  await app.register(staticFiles, {
    root: folder,
    preCompressed: true,
    cacheControl: false,
    // Redirects and listings would only show the folder's shape.
    redirect: false,
    list: false,
    setHeaders(reply, path) {
      const isImmutable = path.slice(folder.length).replaceAll('\\', '/').startsWith(assetFolder);
      reply.header('cache-control', isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  return async (request, reply) => {
    const { pathname } = new URL(request.url, 'http://page.invalid');
    if (request.method !== 'GET' || pathname.startsWith('/api/') || pathname.startsWith(assetFolder)) return false;
    await reply.sendFile('index.html');
    return true;
  };
}
