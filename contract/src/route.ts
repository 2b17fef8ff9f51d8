import type { z } from 'zod';
import type { Permission } from './permissions.ts';

/**
 * Who may call a route. `permission` is checked by the handler on the object it loaded (see the server's `http/route.ts`,
 * which refuses to answer when the check did not happen). `public` routes say why they are.
 */
export type RouteAccess = { readonly permission: Permission } | { readonly public: string };

export interface RouteDefinition {
  readonly access: RouteAccess;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** The JSON answer, or one line (`ndjson`) or one event (`sse`) of a streamed one. */
  readonly response: z.ZodType;
  readonly status?: 200 | 201 | 204;
  readonly stream?: 'ndjson' | 'sse';
}

type Input<T> = T extends z.ZodType ? z.input<T> : undefined;
type Output<T> = T extends z.ZodType ? z.output<T> : undefined;

/** What a caller sends. */
export interface RouteCall<R extends RouteDefinition> {
  params: Input<R['params']>;
  query: Input<R['query']>;
  body: Input<R['body']>;
}

/** What a handler gets, parsed and with defaults. */
export interface RouteInput<R extends RouteDefinition> {
  params: Output<R['params']>;
  query: Output<R['query']>;
  body: Output<R['body']>;
}

export type RouteAnswer<R extends RouteDefinition> = z.input<R['response']>;

/** What a caller gets back: the answer, or one line or event of a streamed one. */
export type RouteReply<R extends RouteDefinition> = z.output<R['response']>;

/** Route keys are `METHOD /path` below `/api/v1`, with `:name` parameters. */
export type RouteKey = `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`;
export type RouteTable = Readonly<Record<RouteKey, RouteDefinition>>;

/** Keeps the literal types of a table while checking its shape. */
export function defineRoutes<const T extends RouteTable>(table: T): T {
  return table;
}
