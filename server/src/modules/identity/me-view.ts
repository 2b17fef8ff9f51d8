import type { Me } from '@tidegate/contract';
import type { Clock } from '../../platform/clock/clock.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { ActorLoader } from './actor-loader.ts';
import { findPerson, findSamplePerson } from './person-store.ts';

/** Something an administrator should do something about; kept in sight until it is done. */
export type StandingWarning = Me['warnings'][number];

interface Parts {
  readonly db: Db;
  readonly actors: ActorLoader;
  readonly clock: Clock;
  readonly listWarnings: () => Promise<readonly StandingWarning[]>;
}

/** Who is signed in and what he may do, for the pages; from the cookie's token, since it may be newer than the request. */
export async function presentMe({ db, actors, clock, listWarnings }: Parts, token: string | null): Promise<Me> {
  const signedIn = token === null ? null : await actors.bySignIn(token);
  if (signedIn === null) throw new AppError('auth.required', 'Sign in first.');
  const { actor } = signedIn;
  const admin = actor.adminPersonId === null ? null : await findPerson(db, actor.adminPersonId);
  const dev = await findSamplePerson(db);
  return {
    person: { id: actor.personId, name: actor.name, email: actor.email },
    permissions: [...actor.permissions],
    roles: [...actor.roles],
    mustChangePassword: actor.mustChangePassword,
    returnTo: admin === null ? null : { id: admin.id, name: admin.name },
    samples: {
      exist: dev !== null,
      canContinueAsDev: dev !== null && admin === null && actor.can('sample.manage', 'workspace'),
    },
    warnings: actor.can('workspace.settings', 'workspace') ? [...(await listWarnings())] : [],
    serverNow: (await clock.now()).toISOString(),
  };
}
