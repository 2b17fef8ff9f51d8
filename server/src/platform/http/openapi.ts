import { problem, type RouteDefinition, type RouteTable } from '@tidegate/contract';
import { z } from 'zod';

type JsonSchema = Record<string, unknown>;

/**
 * OpenAPI 3.1 of a table of routes. `x-permission` names what a caller must hold; `x-public` says why a route needs
 * none. A streamed answer is described by one line or event of it.
 */
export function createOpenApiDocument(table: RouteTable, version: string): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const [key, route] of Object.entries(table)) {
    const [method = '', path = ''] = key.split(' ');
    const template = path.replaceAll(/:(\w+)/g, '{$1}');
    paths[template] ??= {};
    paths[template][method.toLowerCase()] = describeRoute(key, route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidegate',
      version,
      description: 'Just-in-time access to databases. Errors are RFC 9457 problem documents with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1' }],
    security: [{ signIn: [] }],
    paths,
    components: {
      schemas: { Problem: jsonSchema(problem, 'output') },
      responses: {
        Problem: {
          description: 'What happened and what to do.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      securitySchemes: {
        signIn: {
          type: 'apiKey',
          in: 'cookie',
          name: 'tidegate_sign_in',
          description: 'Set by POST /sign-in; named `__Host-tidegate_sign_in` where people come by https.',
        },
      },
    },
  };
}

function describeRoute(key: string, route: RouteDefinition): JsonSchema {
  const status = String(route.status ?? 200);
  const mediaType = { ndjson: 'application/x-ndjson', sse: 'text/event-stream' } as const;
  const content = route.stream === undefined ? 'application/json' : mediaType[route.stream];
  const parameters = [...listParameters(route.params, 'path'), ...listParameters(route.query, 'query')];
  return {
    operationId: operationId(key),
    summary: route.summary,
    tags: [key.split('/')[1] ?? 'workspace'],
    ...('permission' in route.access
      ? { 'x-permission': route.access.permission }
      : { 'x-public': route.access.public, security: [] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(route.body, 'input') } } },
        }),
    responses: {
      [status]: { description: 'Done.', content: { [content]: { schema: jsonSchema(route.response, 'output') } } },
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

function listParameters(schema: z.ZodObject | undefined, place: 'path' | 'query'): JsonSchema[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io, reused: 'inline' });
  return rest;
}

/** `PATCH /people/:personId` → `patchPeopleByPersonId`. */
function operationId(key: string): string {
  return key
    .replaceAll(':', 'by-')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word, index) => (index === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
}
