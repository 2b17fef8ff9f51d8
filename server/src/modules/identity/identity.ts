import type { Pool } from 'pg';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Refusal } from '../../platform/http/request-context.ts';
import type { HandlersOf } from '../../platform/http/route.ts';
import { type AuditLog, byActor } from '../audit/index.ts';
import { EntranceService } from './entrance-service.ts';
import { GroupService } from './group-service.ts';
import type { IdentityParts } from './identity-parts.ts';
import type { StandingWarning } from './me-view.ts';
import { groupHandlers, peopleHandlers, principalHandlers } from './people-routes.ts';
import { PersonService } from './person-service.ts';
import type { SampleStarter } from './sample-starter.ts';
import { createSignInLimits } from './sign-in-limits.ts';
import { signInHandlers } from './sign-in-routes.ts';
import { SignInService } from './sign-in-service.ts';

export interface IdentityOptions extends IdentityParts {
  /** For the counters of failed sign-ins. */
  readonly pool: Pool;
  readonly clock: Clock;
  readonly samples: SampleStarter;
  readonly version: string;
  /** Shown to administrators with `GET /me` until there is no reason any more. */
  readonly listWarnings: () => Promise<readonly StandingWarning[]>;
  /** The wait before an attempt that follows failures; real time unless a test says otherwise. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

type SignInKeys = keyof ReturnType<typeof signInHandlers>;
type PeopleKeys = keyof (ReturnType<typeof peopleHandlers> & ReturnType<typeof groupHandlers>);
type IdentityKeys = SignInKeys | PeopleKeys | keyof ReturnType<typeof principalHandlers>;

/** The module's part of the API, with its services put together. */
export function identityHandlers(options: IdentityOptions): HandlersOf<IdentityKeys> {
  const limits = createSignInLimits(options.pool, options.wait);
  const signIns = new SignInService({ ...options, limits });
  const entrance = new EntranceService({ ...options, signIns });
  const people = { db: options.db, people: new PersonService(options), groups: new GroupService(options) };
  return {
    ...signInHandlers({ ...options, signIns, entrance }),
    ...peopleHandlers(people),
    ...groupHandlers(people),
    ...principalHandlers(people),
  };
}

/** For the HTTP kernel: keeps what people were refused to change. */
export function recordRefusals(audit: AuditLog): (refusal: Refusal) => Promise<void> {
  return async ({ actor, permission, resource, route, address }) => {
    const projectId = typeof resource === 'object' ? resource.projectId : null;
    const data = { permission, code: 'auth.forbidden', route, address };
    await audit.record({ kind: 'auth.refused', ...byActor(actor), projectId, data });
  };
}
