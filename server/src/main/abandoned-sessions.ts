import type { AuditLog } from '../modules/audit/index.ts';
import type { ServerPresence, SqlSessionStore } from '../modules/session/index.ts';

const reason = 'The server that held the session was stopped before it could say how it ended.';

/** Sessions of server processes that are gone have ended; what ran in them ended nobody knows how. */
export async function abandonDeadSessions(parts: {
  store: SqlSessionStore;
  presence: ServerPresence;
  audit: AuditLog;
}): Promise<void> {
  const { store, presence, audit } = parts;
  const living = await presence.living(await store.servers());
  const { sessions, statements } = await store.endAbandoned(living, reason);
  for (const statementId of statements) {
    await audit.record({ kind: 'statement.unknown', actorId: null, statementId, data: { reason } });
  }
  if (sessions > 0) await audit.record({ kind: 'session.abandoned', actorId: null, data: { sessions, reason } });
}
