import type { RouteCall, RouteReply, Routes } from '@tidegate/contract';
import { ApiProblem, toProblem, unreachable } from './problem.ts';

export type RouteName = keyof Routes;
export type Reply<K extends RouteName> = RouteReply<Routes[K]>;
/** One item of a paged answer. */
export type ItemOf<K extends RouteName> = Reply<K> extends { items: readonly (infer T)[] } ? T : never;

type Part<N extends string, T> = [T] extends [undefined]
  ? { readonly [P in N]?: never }
  : Partial<T> extends T
    ? { readonly [P in N]?: T }
    : { readonly [P in N]: T };
type CallParts<C extends { params: unknown; query: unknown; body: unknown }> = Part<'params', C['params']> &
  Part<'query', C['query']> &
  Part<'body', C['body']>;
/** What a route takes: `params`, `query` and `body`, as far as it has them. */
export type Call<K extends RouteName> = CallParts<RouteCall<Routes[K]>>;
/** The call may be left out where nothing in it is required. */
export type CallArgs<K extends RouteName> = Partial<Call<K>> extends Call<K> ? [call?: Call<K>] : [call: Call<K>];

interface Settings {
  readonly signal?: AbortSignal | undefined;
}

interface LooseCall {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** What the application does when the server says that nobody is signed in, or that the password must change first. */
export interface SignInGate {
  onSignedOut(): void;
  onPasswordChangeRequired(): void;
}
let gate: SignInGate | null = null;
export function setSignInGate(next: SignInGate): void {
  gate = next;
}

/** `GET /projects/:projectId` and its call as method and address. */
export function addressOf(name: string, call: LooseCall = {}): { method: string; url: string } {
  const [method = 'GET', template = '/'] = name.split(' ');
  const path = template.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(String(call.params?.[key] ?? '')));
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined && value !== null && value !== '') query.set(key, String(value));
  }
  const search = query.toString();
  return { method, url: `/api/v1${path}${search === '' ? '' : `?${search}`}` };
}

async function send(name: string, call: LooseCall, accept: string, signal: AbortSignal | undefined): Promise<Response> {
  const { method, url } = addressOf(name, call);
  const hasBody = method !== 'GET';
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      credentials: 'same-origin',
      headers: { accept, ...(hasBody ? { 'content-type': 'application/json' } : {}) },
      ...(hasBody ? { body: JSON.stringify(call.body ?? {}) } : {}),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable();
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response: Response): Promise<ApiProblem> {
  let parsed: unknown = null;
  try {
    parsed = await response.json();
  } catch {
    // Not JSON, e.g. from a proxy in between: toProblem says so.
  }
  const problem = toProblem(parsed, response.status);
  if (problem.code === 'auth.required') gate?.onSignedOut();
  if (problem.code === 'auth.password_change_required') gate?.onPasswordChangeRequired();
  return problem;
}

/**
 * Calls one route of the API. Rejects with `ApiProblem` when it is refused or not reached, and with the abort reason when
 * the signal ends it.
 */
export async function callApi<K extends RouteName>(
  name: K,
  call: Call<K> | undefined,
  settings: Settings = {},
): Promise<Reply<K>> {
  const response = await send(name, (call ?? {}) as LooseCall, 'application/json', settings.signal);
  // The contract is the promise: the server checks its answers against the same schemas.
  return (await response.json()) as Reply<K>;
}

/** `callApi` for calls written by hand: the call may be left out where nothing in it is required. */
export async function api<K extends RouteName>(name: K, ...[call]: CallArgs<K>): Promise<Reply<K>> {
  return callApi(name, call);
}

type StreamName = { [K in RouteName]: Routes[K] extends { stream: 'ndjson' } ? K : never }[RouteName];

/**
 * Calls a streaming route and yields its lines as they come. What is refused before the first line rejects with
 * `ApiProblem`; leaving the loop or aborting the signal ends the call at the server.
 */
export async function* apiStream<K extends StreamName>(
  name: K,
  call: Call<K>,
  settings: Settings = {},
): AsyncGenerator<Reply<K>, void, undefined> {
  const response = await send(name, call as LooseCall, 'application/x-ndjson', settings.signal);
  if (response.body === null) throw toProblem(null, response.status);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + value).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') yield JSON.parse(line) as Reply<K>;
    }
    if (rest.trim() !== '') yield JSON.parse(rest) as Reply<K>;
  } catch (error) {
    if (settings.signal?.aborted || error instanceof SyntaxError || error instanceof ApiProblem) throw error;
    throw unreachable();
  } finally {
    // Ends the request when the loop was left early; already finished streams do not mind.
    await reader.cancel().catch(() => undefined);
  }
}
