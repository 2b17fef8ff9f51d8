import type { FastifyInstance } from 'fastify';

/** `/healthz`: the process lives. `/readyz`: it can serve, which needs the store. Both say no more than that. */
export function registerHealthRoutes(app: FastifyInstance, isStoreReady: () => Promise<boolean>): void {
  app.get('/healthz', async () => ({ ok: true }));
  app.get('/readyz', async (_request, reply) => {
    // A check that throws means: not ready.
    const store = await isStoreReady().catch(() => false);
    return reply.code(store ? 200 : 503).send({ ok: store, store: store ? 'ready' : 'unavailable' });
  });
}
