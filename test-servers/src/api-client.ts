import { type IncomingMessage, request } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import type { Problem, RouteCall, RouteKey, Routes, StatementLine } from '@tidegate/contract';
import type { z } from 'zod';

type Answer<K extends keyof Routes> = z.output<Routes[K]['response']>;
type Provided<T> = { [P in keyof T as T[P] extends undefined ? never : P]: T[P] };
type Call<K extends keyof Routes> = Provided<RouteCall<Routes[K]>>;

/** A refused call, with the problem document that the server answered. */
export class ApiRefusal extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
    this.name = 'ApiRefusal';
    this.problem = problem;
  }
}

/** One signed-in person at the API, as a browser would be: same origin, cookies kept. */
export class ApiClient {
  readonly #url: string;
  readonly #cookies = new Map<string, string>();

  /** `cookies` of somebody who has signed in already. */
  constructor(url: string, cookies: Readonly<Record<string, string>> = {}) {
    this.#url = url;
    for (const [name, value] of Object.entries(cookies)) this.#cookies.set(name, value);
  }

  async call<K extends keyof Routes & RouteKey>(key: K, call: Call<K>): Promise<Answer<K>> {
    const response = await this.#send(key, call);
    const text = await textOf(response);
    if (!isGood(response)) throw new ApiRefusal(JSON.parse(text) as Problem);
    return JSON.parse(text) as Answer<K>;
  }

  /** Runs a statement and yields its lines as they arrive; leaving early closes the request. */
  async *statement(sessionId: string, text: string, maxRows = 1000): AsyncGenerator<StatementLine> {
    const response = await this.#send('POST /sessions/:sessionId/statements', {
      params: { sessionId },
      body: { text, maxRows },
    });
    if (!isGood(response)) throw new ApiRefusal(JSON.parse(await textOf(response)) as Problem);
    response.setEncoding('utf8');
    let rest = '';
    for await (const chunk of response) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') yield JSON.parse(line) as StatementLine;
    }
  }

  /** Without `fetch`, whose web streams would cost more than what the benchmarks measure. */
  async #send(key: string, call: object): Promise<IncomingMessage> {
    const { params, query, body } = call as {
      params?: Record<string, string>;
      query?: Record<string, unknown>;
      body?: unknown;
    };
    const [method = 'GET', template = '/'] = key.split(' ');
    const path = template.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params?.[name] ?? ''));
    const url = new URL(`/api/v1${path}`, this.#url);
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers = {
      origin: this.#url,
      cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(url, { method, headers }, resolve)
        .on('error', reject)
        .end(body === undefined ? undefined : JSON.stringify(body));
    });
    for (const cookie of response.headers['set-cookie'] ?? []) {
      const [pair = ''] = cookie.split(';');
      const at = pair.indexOf('=');
      this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  }
}

function isGood({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}
