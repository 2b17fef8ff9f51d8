import type { Permission, RouteAnswer, RouteDefinition, RouteInput, Routes } from '@tidegate/contract';

/**
 * What a permission is checked against: the workspace, a project (null: an object without a project, which only
 * workspace-wide roles reach), or oneself.
 */
export type Resource = 'workspace' | 'self' | { readonly projectId: string | null };

/** Who calls, with everything he may do, read once for each request. */
export interface Actor {
  readonly personId: string;
  readonly name: string;
  readonly email: string;
  /** The administrator behind it, while he continues as the sample person. */
  readonly adminPersonId: string | null;
  readonly mustChangePassword: boolean;
  can(permission: Permission, resource: Resource): boolean;
  /**
   * Projects in which a permission is held; `all` when it is held in every project. For filtering lists in SQL. `all` says
   * nothing of what is in no project: for that ask `can(permission, { projectId: null })`.
   */
  projectsWith(permission: Permission): 'all' | readonly string[];
}

export interface RequestContext {
  /** Throws `auth.required` when nobody is signed in; only `public` routes can get that far. */
  readonly actor: Actor;
  readonly maybeActor: Actor | null;
  /** The caller's address, behind trusted proxies the one they vouch for. */
  readonly address: string;
  /** `http://host:port` under which people reach this server. */
  readonly externalUrl: string;
  readonly requestId: string;
  readonly cookies: CookieJar;
  /** Aborted when the browser goes away. */
  readonly signal: AbortSignal;
  /** For answers that last: reads the sign-in and the rights anew. Throws when they cannot be read. */
  isStillAllowed(permission: Permission, resource: Resource): Promise<boolean>;
  /**
   * Refuses with `auth.forbidden` unless the actor holds the permission there. Every route with a permission must call
   * it with that permission on what it loaded: the kernel answers 500 and shows nothing when that did not happen.
   * `self.manage` on oneself is checked by the kernel.
   */
  authorize(permission: Permission, resource: Resource): void;
  /** Like `authorize` for objects whose existence is not to be known: refuses with `object.not_found`. */
  authorizeOrHide(permission: Permission, resource: Resource, what: string): void;
}

export interface CookieJar {
  get(name: string): string | null;
  set(name: string, value: string, maxAgeSeconds: number): void;
  clear(name: string): void;
}

type StreamItem<R extends RouteDefinition> = RouteAnswer<R>;

/**
 * Load, authorize what was loaded, act, present, in this order. A streaming route resolves to an async iterable; what
 * it throws before the first item becomes a problem answer.
 */
export type Handler<R extends RouteDefinition> = (
  input: RouteInput<R>,
  context: RequestContext,
) => Promise<R extends { stream: string } ? AsyncIterable<StreamItem<R>> : RouteAnswer<R>>;

export type Handlers = { readonly [K in keyof Routes]: Handler<Routes[K]> };
/** A module's part of the table, e.g. `HandlersOf<'GET /me' | 'POST /sign-in'>`. */
export type HandlersOf<K extends keyof Routes> = Pick<Handlers, K>;
