import type { Problem, RouteDefinition, RouteTable } from '@tidegate/contract';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

/** For tests over all routes: one call that a route’s schemas take, and what came of it. */
export interface Probe {
  readonly key: string;
  readonly route: RouteDefinition;
  readonly status: number;
  /** The problem's code; null where the call went through. */
  readonly code: string | null;
}

const unknownId = '11111111-1111-4111-8111-111111111111';

export interface ProbeOptions {
  /** Ids by name, e.g. `projectId`, for the path and the body; others get an id that nothing has. */
  readonly params?: Readonly<Record<string, string>>;
  /** From our own page, without a cookie, unless said otherwise. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly only?: (key: string, route: RouteDefinition) => boolean;
}

interface ProbeCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}
/** How a call reaches the server. */
export type Send = (
  call: ProbeCall,
) => Promise<{ readonly status: number; readonly type: string; readonly text: string }>;

export function sendTo(app: FastifyInstance): Send {
  return async ({ method, path, headers, body }) => {
    const answer = await app.inject({
      method: method as 'GET',
      url: path,
      headers,
      ...(body === undefined ? {} : { payload: body }),
    });
    return { status: answer.statusCode, type: String(answer.headers['content-type']), text: answer.body };
  };
}

export function sendOverHttp(baseUrl: string): Send {
  return async ({ method, path, headers, body }) => {
    const answer = await fetch(`${baseUrl}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() };
  };
}

/** From our own page, with the cookie of a sign-in. */
export function asSignedIn(cookie: string): Record<string, string> {
  return { 'sec-fetch-site': 'same-origin', cookie: `tidegate_sign_in=${cookie}` };
}

/** Calls the routes one after the other with valid input. Leave out event streams that would be let through: they do not end. */
export async function probeRoutes(send: Send, table: RouteTable, options: ProbeOptions): Promise<Probe[]> {
  const probes: Probe[] = [];
  const ids = options.params ?? {};
  for (const [key, route] of Object.entries(table)) {
    if (options.only !== undefined && !options.only(key, route)) continue;
    const [method = '', pattern = ''] = key.split(' ');
    const path = pattern.replaceAll(/:(\w+)/g, (_whole, name: string) => ids[name] ?? unknownId);
    const body = route.body === undefined ? undefined : JSON.stringify(sampleOf(jsonSchemaOf(route.body), ids));
    const { status, type, text } = await send({
      method,
      path: `/api/v1${path}${requiredQuery(route, ids)}`,
      headers: {
        ...(options.headers ?? { 'sec-fetch-site': 'same-origin' }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body,
    });
    const code = type.startsWith('application/problem+json') ? (JSON.parse(text) as Problem).code : null;
    probes.push({ key, route, status, code });
  }
  return probes;
}

/** Those that were not answered with one of the codes, readably. */
export function unlike(probes: readonly Probe[], codes: readonly string[]): string[] {
  return probes
    .filter((probe) => probe.code === null || !codes.includes(probe.code))
    .map((probe) => `${probe.key}: ${probe.code ?? probe.status}`);
}

type JsonSchema = Readonly<Record<string, unknown>>;

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input' });
}

function requiredQuery(route: RouteDefinition, ids: Readonly<Record<string, string>>): string {
  if (route.query === undefined) return '';
  const sample = sampleOf(jsonSchemaOf(route.query), ids) as Record<string, unknown>;
  const entries = Object.entries(sample).map(([name, value]): [string, string] => [name, String(value)]);
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries)}`;
}

const stringSamples: Readonly<Record<string, string>> = {
  uuid: unknownId,
  email: 'probe@example.test',
  'date-time': '2099-01-01T00:00:00.000Z',
};

/** The smallest value that a schema takes: required fields only, first alternatives. */
export function sampleOf(schema: JsonSchema, ids: Readonly<Record<string, string>> = {}, name = ''): unknown {
  const alternatives = (schema['oneOf'] ?? schema['anyOf']) as JsonSchema[] | undefined;
  if (alternatives?.[0] !== undefined) return sampleOf(alternatives[0], ids, name);
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  switch (schema['type']) {
    case 'object': {
      const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
      const required = (schema['required'] ?? []) as string[];
      return Object.fromEntries(required.map((field) => [field, sampleOf(properties[field] ?? {}, ids, field)]));
    }
    case 'array':
      return Array.from({ length: Number(schema['minItems'] ?? 0) }, () =>
        sampleOf(schema['items'] as JsonSchema, ids, name.replace(/Ids$/, 'Id')),
      );
    case 'string':
      return ids[name] ?? stringSamples[String(schema['format'])] ?? 'x'.repeat(Number(schema['minLength'] ?? 1));
    case 'integer':
    case 'number':
      return Number(schema['minimum'] ?? 1);
    case 'boolean':
      return false;
    default:
      return null;
  }
}
