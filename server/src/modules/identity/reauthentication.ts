import type { Pool } from 'pg';
import { AppError } from '../../platform/errors/app-error.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { Db } from '../../platform/store/tx.ts';
import { type AuditLog, byActor } from '../audit/index.ts';
import { isPassword } from './password.ts';
import { findPerson } from './person-store.ts';
import { createSignInLimits } from './sign-in-limits.ts';

/** The own password again, before something that is worth it. Counted like a sign-in; refuses with `auth.failed`. */
export type Reauthenticate = (actor: Actor, password: string, address: string) => Promise<void>;

export function createReauthentication(parts: {
  readonly db: Db;
  readonly pool: Pool;
  readonly audit: AuditLog;
}): Reauthenticate {
  const limits = createSignInLimits(parts.pool);
  return async (actor, password, address) => {
    if (actor.adminPersonId !== null) {
      throw new AppError('auth.forbidden', 'This cannot be done while you continue as somebody else.');
    }
    await limits.begin(actor.email, address);
    const person = await findPerson(parts.db, actor.personId);
    if (person === null || person.state !== 'active' || !(await isPassword(password, person.passwordHash))) {
      const data = { address, person: { id: actor.personId, name: actor.name }, reason: 'wrong password' };
      await parts.audit.record({ kind: 'auth.sign_in_failed', ...byActor(actor), data });
      throw new AppError('auth.failed', 'The password is wrong.');
    }
    await limits.succeeded(actor.email, address);
  };
}
