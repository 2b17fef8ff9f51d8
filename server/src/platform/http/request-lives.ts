import type { FastifyReply } from 'fastify';

/**
 * The requests under way. Each has a life that ends (aborted) when its browser goes away or the server stops, so that
 * nobody works on for a reader who is gone.
 */
export class RequestLives {
  readonly #lives = new Set<AbortController>();
  #isStopping = false;

  get isStopping(): boolean {
    return this.#isStopping;
  }

  begin(reply: FastifyReply): AbortController {
    const life = new AbortController();
    this.#lives.add(life);
    reply.raw.once('close', () => {
      this.#lives.delete(life);
      if (!reply.raw.writableFinished) life.abort(new Error('The reader has gone away.'));
    });
    return life;
  }

  /** Ends all streams; from now on `isStopping`. */
  stop(): void {
    this.#isStopping = true;
    for (const life of this.#lives) life.abort(new Error('The server is stopping.'));
  }
}
