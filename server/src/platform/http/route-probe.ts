import type { RouteDefinition, RouteTable } from '@tidegate/contract';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { z } from 'zod';

/** For tests over all routes: one call that a route’s schemas take, and what came of it. */
export interface Probe {
  readonly key: string;
  readonly route: RouteDefinition;
  readonly status: number;
  /** The problem's code; null where the call went through. */
  readonly code: string | null;
}

export interface ProbeOptions {
  /** By name, e.g. `projectId`; others get an id that nothing has. */
  readonly params?: Readonly<Record<string, string>>;
  /** Cookies and headers; from our own page unless said otherwise. */
  readonly from?: Partial<InjectOptions>;
  readonly only?: (key: string, route: RouteDefinition) => boolean;
}

const unknownId = '11111111-1111-4111-8111-111111111111';

/** Calls the routes one after the other with valid input. Leave out event streams that would be let through: they do not end. */
export async function probeRoutes(app: FastifyInstance, table: RouteTable, options: ProbeOptions): Promise<Probe[]> {
  const probes: Probe[] = [];
  for (const [key, route] of Object.entries(table)) {
    if (options.only !== undefined && !options.only(key, route)) continue;
    const [method = '', pattern = ''] = key.split(' ');
    const path = pattern.replaceAll(/:(\w+)/g, (_whole, name: string) => options.params?.[name] ?? unknownId);
    const answer = await app.inject({
      method: method as 'GET',
      url: `/api/v1${path}${requiredQuery(route)}`,
      headers: { 'sec-fetch-site': 'same-origin' },
      ...(route.body === undefined ? {} : { payload: sampleOf(jsonSchemaOf(route.body)) as object }),
      ...options.from,
    });
    const isProblem = answer.headers['content-type']?.toString().startsWith('application/problem+json') ?? false;
    probes.push({ key, route, status: answer.statusCode, code: isProblem ? answer.json().code : null });
  }
  return probes;
}

type JsonSchema = Readonly<Record<string, unknown>>;

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input' });
}

function requiredQuery(route: RouteDefinition): string {
  if (route.query === undefined) return '';
  const sample = sampleOf(jsonSchemaOf(route.query)) as Record<string, unknown>;
  const entries = Object.entries(sample).map(([name, value]): [string, string] => [name, String(value)]);
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries)}`;
}

const stringSamples: Readonly<Record<string, string>> = {
  uuid: unknownId,
  email: 'probe@example.test',
  'date-time': '2099-01-01T00:00:00.000Z',
};

/** The smallest value that a schema takes: required fields only, first alternatives. */
export function sampleOf(schema: JsonSchema): unknown {
  const alternatives = (schema['oneOf'] ?? schema['anyOf']) as JsonSchema[] | undefined;
  if (alternatives?.[0] !== undefined) return sampleOf(alternatives[0]);
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  switch (schema['type']) {
    case 'object': {
      const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
      const required = (schema['required'] ?? []) as string[];
      return Object.fromEntries(required.map((name) => [name, sampleOf(properties[name] ?? {})]));
    }
    case 'array':
      return Array.from({ length: Number(schema['minItems'] ?? 0) }, () => sampleOf(schema['items'] as JsonSchema));
    case 'string':
      return stringSamples[String(schema['format'])] ?? 'x'.repeat(Number(schema['minLength'] ?? 1));
    case 'integer':
    case 'number':
      return Number(schema['minimum'] ?? 1);
    case 'boolean':
      return false;
    default:
      return null;
  }
}
