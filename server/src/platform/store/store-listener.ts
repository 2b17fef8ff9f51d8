import { setTimeout as pause } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import type { StoreLog } from './store-log.ts';

export interface StoreListener {
  /**
   * `handler` is called with the payload of each NOTIFY. `onGap` is called when listening has begun, and again whenever
   * it began anew after a loss: from then on nothing is missed, before it something may have been.
   */
  listen(channel: string, handler: (payload: string) => void, onGap?: () => void): () => void;
  /** Whether the store answers. False within seconds of its loss, true again when it is back. */
  isUp(): boolean;
  close(): Promise<void>;
}

interface Subscription {
  readonly channel: string;
  readonly handler: (payload: string) => void;
  readonly onGap: (() => void) | undefined;
}

const connectWithinMs = 10_000;
const goodbyeWithinMs = 2_000;
const pingEveryMs = 5_000;
const pingWithinMs = 5_000;
const longestPauseMs = 2_000;

/** Holds one connection for NOTIFY, which is also how the loss of the store is noticed; connects again for ever. */
export async function openListener(config: ClientConfig, log: StoreLog): Promise<StoreListener> {
  const listener = new ReconnectingListener(config, log);
  await listener.connect();
  return listener;
}

class ReconnectingListener implements StoreListener {
  readonly #config: ClientConfig;
  readonly #log: StoreLog;
  readonly #subscriptions = new Set<Subscription>();
  readonly #closing = new AbortController();
  #client: Client | undefined;
  /** Ends when everything has been answered: a connection answers one question at a time. */
  #queue: Promise<unknown> = Promise.resolve();
  #ping: NodeJS.Timeout | undefined;

  constructor(config: ClientConfig, log: StoreLog) {
    this.#config = config;
    this.#log = log;
  }

  isUp(): boolean {
    return this.#client !== undefined;
  }

  listen(channel: string, handler: (payload: string) => void, onGap?: () => void): () => void {
    const subscription: Subscription = { channel, handler, onGap };
    this.#subscriptions.add(subscription);
    this.#send(`listen ${quoteName(channel)}`, () => onGap?.());
    return () => {
      this.#subscriptions.delete(subscription);
      if (!this.#channels().has(channel)) this.#send(`unlisten ${quoteName(channel)}`, () => undefined);
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#ping);
    const client = this.#client;
    this.#client = undefined;
    // A store that is gone without a word never answers the goodbye.
    await Promise.race([client?.end().catch(() => undefined), pause(goodbyeWithinMs, undefined, { ref: false })]);
  }

  async connect(): Promise<void> {
    const client = new Client({
      ...this.#config,
      application_name: 'tidegate listener',
      keepAlive: true,
      connectionTimeoutMillis: connectWithinMs,
    });
    client.on('notification', ({ channel, payload }) => {
      for (const each of this.#subscriptions) if (each.channel === channel) each.handler(payload ?? '');
    });
    // A connection that breaks says so with an error, an end, or both; the first one counts.
    client.on('error', (error) => this.#lost(client, error));
    client.on('end', () => this.#lost(client, undefined));
    try {
      await client.connect();
      await this.#listenToAll(client);
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    // Nothing waited between the last look at the channels and here, so none was forgotten.
    this.#client = client;
    // What an earlier connection never answered holds nothing up.
    this.#queue = Promise.resolve();
    this.#ping = setInterval(() => void this.#askForLife(client), pingEveryMs);
    this.#ping.unref();
  }

  /** A channel may be added while another one is being subscribed. */
  async #listenToAll(client: Client): Promise<void> {
    const done = new Set<string>();
    for (;;) {
      const next = [...this.#channels()].find((channel) => !done.has(channel));
      if (next === undefined) return;
      await client.query(`listen ${quoteName(next)}`);
      done.add(next);
    }
  }

  #channels(): Set<string> {
    return new Set([...this.#subscriptions].map(({ channel }) => channel));
  }

  /** While there is no connection nothing needs to be sent: connecting subscribes to everything. */
  #send(sql: string, onDone: () => void): void {
    const client = this.#client;
    if (client === undefined) return;
    this.#query(client, sql).then(onDone, (error: unknown) => this.#lost(client, error));
  }

  #query(client: Client, sql: string): Promise<unknown> {
    const answer = this.#queue.then(() => client.query(sql));
    this.#queue = answer.catch(() => undefined); // Whoever asked is told.
    return answer;
  }

  /** A network that swallows everything tells of no loss: only an answer in time counts as life. */
  async #askForLife(client: Client): Promise<void> {
    const impatience = setTimeout(() => this.#lost(client, new Error('no answer in time')), pingWithinMs);
    try {
      await this.#query(client, 'select 1');
    } catch (error) {
      this.#lost(client, error);
    } finally {
      clearTimeout(impatience);
    }
  }

  #lost(client: Client, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    clearInterval(this.#ping);
    // The other side may be gone without a word, then a polite end would wait for ever.
    client.end().catch(() => undefined);
    if (this.#closing.signal.aborted) return;
    this.#log.error({ err: error }, 'the metadata store is lost; answering 503 until it is back');
    void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    for (let waitMs = 50; !this.#closing.signal.aborted; waitMs = Math.min(waitMs * 2, longestPauseMs)) {
      await pause(waitMs);
      if (this.#closing.signal.aborted) return;
      try {
        await this.connect();
        this.#log.info({}, 'the metadata store is back');
        for (const { onGap } of this.#subscriptions) onGap?.();
        return;
      } catch (error) {
        this.#log.debug({ err: error }, 'the metadata store is still lost');
      }
    }
  }
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
