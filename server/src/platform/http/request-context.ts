import type { Permission } from '@tidegate/contract';
import { AppError, notFound } from '../errors/app-error.ts';
import type { Actor, CookieJar, RequestContext, Resource } from './route.ts';

/** Somebody was told no; the audit wants to know. */
export interface Refusal {
  readonly actor: Actor;
  readonly permission: Permission;
  readonly resource: Resource;
  /** The route's key, e.g. `PATCH /people/:personId`. */
  readonly route: string;
  readonly address: string;
}

/** The context that handlers see, and what the kernel alone reads of it. */
export interface KernelContext extends RequestContext {
  setActor(actor: Actor | null): void;
  hasAuthorized(permission: Permission): boolean;
  readonly refusal: Refusal | null;
}

export interface ContextParts {
  readonly route: string;
  readonly address: string;
  readonly externalUrl: string;
  readonly requestId: string;
  readonly cookies: CookieJar;
  readonly signal: AbortSignal;
  /** Reads anew who calls, and tells `setActor`. */
  readonly reload: () => Promise<void>;
}

export function createRequestContext(parts: ContextParts): KernelContext {
  const authorized = new Set<Permission>();
  let current: Actor | null = null;
  let refusal: Refusal | null = null;

  const demandActor = (): Actor => {
    if (current === null) throw new AppError('auth.required', 'Sign in first.');
    return current;
  };
  const isAllowed = (permission: Permission, resource: Resource): boolean => {
    const actor = demandActor();
    if (actor.can(permission, resource)) {
      authorized.add(permission);
      return true;
    }
    refusal = { actor, permission, resource, route: parts.route, address: parts.address };
    return false;
  };

  return {
    ...parts,
    get actor() {
      return demandActor();
    },
    get maybeActor() {
      return current;
    },
    get refusal() {
      return refusal;
    },
    authorize(permission, resource) {
      if (!isAllowed(permission, resource)) {
        throw new AppError('auth.forbidden', 'Your roles do not allow this.', { details: { permission } });
      }
    },
    authorizeOrHide(permission, resource, what) {
      if (!isAllowed(permission, resource)) throw notFound(what);
    },
    async isStillAllowed(permission, resource) {
      await parts.reload();
      return current?.can(permission, resource) ?? false;
    },
    setActor(actor) {
      current = actor;
    },
    hasAuthorized: (permission) => authorized.has(permission),
  };
}
