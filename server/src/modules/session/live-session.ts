import type { EngineSession } from '../../engines/engine.ts';
import type { SessionOwner, SessionPlace } from './session.ts';
import type { DialledAccount } from './session-dialer.ts';

/** A session whose connection this process holds. */
export interface LiveSession {
  readonly id: string;
  readonly owner: SessionOwner;
  readonly place: SessionPlace & { readonly schemas: readonly string[] };
  readonly accountId: string;
  readonly accountName: string;
  readonly connection: EngineSession;
  /** Opened without any write in the person's access; set to false when one has come. */
  isReadOnly: boolean;
  /** A statement in it has changed what names mean or how texts are read: no analysis of a later one is sure. */
  isReadOtherwise: boolean;
  /** When a `role` row was last made or renewed for it, by the process's steady clock: not more often than needed. */
  roleRenewedAtMs: number;
  /** One statement at a time. The id is empty until the statement is on record. */
  running: { statementId: string; cancelled: boolean } | null;
  /** Set before the connection ends for a reason that we know. */
  endReason: string | null;
  isEnded: boolean;
}

/** As it is made, just before it becomes known. */
export function newLive(
  id: string,
  owner: SessionOwner,
  place: SessionPlace,
  made: { account: DialledAccount; connection: EngineSession; isReadOnly: boolean },
): LiveSession {
  const { account, connection, isReadOnly } = made;
  return {
    place: { ...place, schemas: connection.schemas },
    ...{ id, owner, connection, isReadOnly, accountId: account.accountId, accountName: account.name },
    isReadOtherwise: false,
    roleRenewedAtMs: performance.now(),
    running: null,
    endReason: null,
    isEnded: false,
  };
}

export function placeOf(live: LiveSession) {
  return {
    actorId: live.owner.personId,
    onBehalfOfId: live.owner.adminPersonId,
    projectId: live.place.projectId,
    instanceId: live.place.instanceId,
    databaseId: live.place.databaseId,
    sessionId: live.id,
  };
}

/** Names as they are now, so that the record reads by itself. */
export function namesOf(live: LiveSession) {
  return {
    person: live.owner.name,
    project: live.place.projectName,
    database: live.place.databaseName,
    instance: live.place.instanceTitle,
    account: live.accountName,
  };
}

export function changeOf(live: LiveSession) {
  return {
    event: { topic: 'session' as const, id: live.id, projectId: live.place.projectId },
    audience: { personIds: [live.owner.personId], projectId: live.place.projectId },
  };
}
