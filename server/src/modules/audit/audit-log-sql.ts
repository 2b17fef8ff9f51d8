import { randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { GroupCommit } from '../../platform/store/group-commit.ts';
import type { StoreSchema } from '../../platform/store/store-schema.ts';
import type { AuditLog, NewAuditEvent } from './audit-event.ts';
import { type AuditContent, contentHash } from './audit-hash.ts';
import { mentionsOf } from './audit-mentions.ts';
import { storableJson } from './canonical-json.ts';

/** How many chains of other writers a new chain vouches for. */
const vouchedChains = 50;

/**
 * Begins this process's chain. Its first event names the last links of the chains before it, so that a chain cut short
 * or taken away whole is missed by a later one. `onEvents` is called when something is about to be recorded.
 */
export async function startAuditLog(
  store: Kysely<StoreSchema>,
  onEvents: () => void = () => undefined,
): Promise<AuditLog> {
  const writer = randomBytes(8).toString('hex');
  const heads = await sql<{ writer: string; sequence: string; hash: string }>`
    select c.writer, c.last_sequence as sequence, c.last_hash as hash
    from tidegate.audit_chain c
    join tidegate.audit_event e on e.writer = c.writer and e.sequence = c.last_sequence
    order by e.at desc limit ${vouchedChains}`.execute(store);

  const encode = (event: NewAuditEvent): Readonly<Record<string, unknown>> => {
    onEvents();
    return encoded(event);
  };
  const encodedAll = (events: readonly NewAuditEvent[]) => sql`${JSON.stringify(events.map(encode))}::jsonb`;
  const recordAll = async (events: readonly NewAuditEvent[]): Promise<void> => {
    await sql`call tidegate.record_audit_events(${writer}, ${encodedAll(events)})`.execute(store);
  };
  const records = new GroupCommit<NewAuditEvent, void>(async (events) => {
    await recordAll(events);
    return events.map(() => undefined);
  });
  const appendMany = async (tx: Kysely<StoreSchema>, events: readonly NewAuditEvent[]): Promise<void> => {
    if (events.length === 0) return;
    await sql`insert into tidegate.audit_waiting (writer, events) values (${writer}, ${encodedAll(events)})`.execute(
      tx,
    );
  };

  await recordAll([
    {
      kind: 'audit.chain_started',
      actorId: null,
      data: { heads: heads.rows.map((head) => ({ ...head, sequence: Number(head.sequence) })) },
    },
  ]);
  return {
    writer,
    append: (tx, event) => appendMany(tx, [event]),
    appendMany,
    encode,
    record: (event) => records.add(event),
  };
}

function encoded(event: NewAuditEvent): Readonly<Record<string, unknown>> {
  const content: AuditContent = {
    kind: event.kind,
    actorId: event.actorId,
    onBehalfOfId: event.onBehalfOfId ?? null,
    projectId: event.projectId ?? null,
    instanceId: event.instanceId ?? null,
    databaseId: event.databaseId ?? null,
    requestId: event.requestId ?? null,
    grantId: event.grantId ?? null,
    sessionId: event.sessionId ?? null,
    statementId: event.statementId ?? null,
    data: storableJson(event.data),
  };
  const mentions = mentionsOf(event);
  return { ...content, contentHash: contentHash(content), ...(mentions.length > 0 ? { mentions } : {}) };
}
