import type { Permission } from '@tidegate/contract';
import { type RawBuilder, sql } from 'kysely';
import { AppError } from '../../platform/errors/app-error.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { Tx } from '../../platform/store/tx.ts';
import { byActor, type NewAuditEvent } from '../audit/index.ts';
import type { IdentityParts } from './identity-parts.ts';
import { countAdmins } from './person-store.ts';

/** What a change puts on record, in the name of whoever makes it. */
export type AuditNote = Omit<NewAuditEvent, 'actorId' | 'onBehalfOfId'>;

export interface IdentityTx {
  readonly tx: Tx;
  note(event: AuditNote): void;
}

/** Nos that an administrator gets and the record keeps. */
const recordedRefusals: ReadonlySet<string> = new Set([
  'auth.forbidden',
  'role.self_assignment',
  'role.not_assignable',
  'person.last_admin',
  'person.self_refused',
]);

/**
 * Runs one change of people, groups or roles. One at a time in the whole workspace: who is in which group and who is the
 * last administrator then stays what was read. Rights are read again under the lock, since two administrators may be
 * taking each other's roles. Refuses with `person.last_admin` what would leave nobody to administer.
 */
export async function changeIdentity<T>(
  parts: IdentityParts,
  actor: Actor,
  permission: Permission,
  work: (change: IdentityTx) => Promise<T>,
): Promise<T> {
  const notes: AuditNote[] = [];
  try {
    return await parts.db.transaction().execute(async (tx) => {
      await lockIdentity(tx);
      const current = await parts.actors.byPersonId(actor.personId, tx);
      if (current === null || !current.can(permission, 'workspace')) {
        throw new AppError('auth.forbidden', 'Your roles have just changed and do not allow this any more.');
      }
      const result = await work({ tx, note: (event) => notes.push(event) });
      await demandAdmin(tx);
      await parts.audit.appendMany(
        tx,
        notes.map((event) => ({ ...event, ...byActor(actor) })),
      );
      return result;
    });
  } catch (error) {
    if (error instanceof AppError && recordedRefusals.has(error.code)) {
      const data = { permission, code: error.code, reason: error.message };
      await parts.audit.record({ kind: 'auth.refused', ...byActor(actor), data });
    }
    throw error;
  }
}

const identityLock: RawBuilder<unknown> = sql`select pg_advisory_xact_lock(hashtextextended('tidegate.identity', 0))`;

/** Taken before the locks of single people, always in this order. */
export async function lockIdentity(tx: Tx): Promise<void> {
  await identityLock.execute(tx);
}

async function demandAdmin(tx: Tx): Promise<void> {
  if ((await countAdmins(tx)) > 0) return;
  throw new AppError(
    'person.last_admin',
    'This would leave nobody who administers the workspace. Make somebody else a Workspace Admin first.',
  );
}

/** The person himself, or the administrator who looks through his eyes. */
export function isOneself(actor: Actor, personId: string): boolean {
  return personId === actor.personId || personId === actor.adminPersonId;
}
