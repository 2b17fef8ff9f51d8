import { type Kysely, sql } from 'kysely';
import type { StoreSchema } from '../../platform/store/store-schema.ts';
import { type AuditContent, type AuditLink, eventHash, genesisHash } from './audit-hash.ts';

export interface BrokenLink {
  readonly writer: string;
  readonly sequence: number;
  readonly reason: string;
}
export interface Verification {
  readonly isIntact: boolean;
  readonly events: number;
  readonly firstBroken: BrokenLink | null;
}

interface Head {
  readonly sequence: number;
  readonly hash: string;
}
type Row = AuditContent & AuditLink & { readonly hash: string };

const rowsPerRead = 2000;

/**
 * Recomputes every chain from the stored events and holds the ends against what the chain table and later chains say of
 * them. Reads one snapshot, so that events appended meanwhile do not look like a fault.
 */
export async function verifyChains(store: Kysely<StoreSchema>): Promise<Verification> {
  return store
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const ends = await readChainEnds(tx);
      const vouched = await readVouchedHeads(tx);
      const writers = [...new Set([...ends.keys(), ...vouched.keys()])].sort();
      let events = 0;
      let firstBroken: BrokenLink | null = null;
      for (const writer of writers) {
        const chain = await verifyChain(tx, writer, ends.get(writer) ?? null, vouched.get(writer) ?? []);
        events += chain.events;
        firstBroken ??= chain.broken;
      }
      return { isIntact: firstBroken === null, events, firstBroken };
    });
}

async function verifyChain(tx: Kysely<StoreSchema>, writer: string, end: Head | null, vouched: readonly Head[]) {
  const expected = new Map(vouched.map((head) => [head.sequence, head.hash]));
  let last: Head = { sequence: 0, hash: genesisHash };
  let events = 0;
  const brokenAt = (sequence: number, reason: string) => ({ events, broken: { writer, sequence, reason } });
  for (;;) {
    const rows = await readEvents(tx, writer, last.sequence);
    for (const row of rows) {
      const fault = findFault(row, last, expected);
      if (fault !== null) return brokenAt(fault.sequence, fault.reason);
      expected.delete(row.sequence);
      last = { sequence: row.sequence, hash: row.hash };
      events += 1;
    }
    if (rows.length < rowsPerRead) break;
  }
  if (end === null) return brokenAt(1, 'The whole chain is missing; a later chain vouches for it.');
  const lost = Math.max(end.sequence, ...expected.keys(), 0);
  if (lost > last.sequence)
    return brokenAt(last.sequence + 1, 'The events from here to the end of the chain are missing.');
  if (end.sequence < last.sequence || end.hash !== last.hash) {
    return brokenAt(last.sequence, 'The chain goes on after the end that the store has noted.');
  }
  return { events, broken: null };
}

function findFault(row: Row, last: Head, vouched: ReadonlyMap<number, string>) {
  const fault = (sequence: number, reason: string) => ({ sequence, reason });
  if (row.sequence !== last.sequence + 1) return fault(last.sequence + 1, 'This event is missing.');
  if (row.previousHash !== last.hash) return fault(row.sequence, 'It does not link to the event before it.');
  if (eventHash(row, row) !== row.hash) return fault(row.sequence, 'Its content is not what was recorded.');
  const vouchedHash = vouched.get(row.sequence);
  if (vouchedHash !== undefined && vouchedHash !== row.hash) {
    return fault(row.sequence, 'A later chain vouches for another event here: the chain was rewritten.');
  }
  return null;
}

async function readChainEnds(tx: Kysely<StoreSchema>): Promise<Map<string, Head>> {
  const result = await sql<{ writer: string; sequence: string; hash: string }>`
    select writer, last_sequence as sequence, last_hash as hash from tidegate.audit_chain`.execute(tx);
  return new Map(result.rows.map((row) => [row.writer, { sequence: Number(row.sequence), hash: row.hash }]));
}

async function readVouchedHeads(tx: Kysely<StoreSchema>): Promise<Map<string, Head[]>> {
  const result = await sql<{ writer: string; sequence: number; hash: string }>`
    select distinct head ->> 'writer' as writer, (head ->> 'sequence')::int as sequence, head ->> 'hash' as hash
    from tidegate.audit_event, jsonb_array_elements(data -> 'heads') head
    where kind = 'audit.chain_started'`.execute(tx);
  const heads = new Map<string, Head[]>();
  for (const { writer, sequence, hash } of result.rows) {
    heads.set(writer, [...(heads.get(writer) ?? []), { sequence, hash }]);
  }
  return heads;
}

async function readEvents(tx: Kysely<StoreSchema>, writer: string, after: number): Promise<Row[]> {
  const result = await sql<Row>`
    select writer, sequence::int as sequence, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
      previous_hash as "previousHash", hash, kind, actor_id as "actorId", on_behalf_of_id as "onBehalfOfId",
      project_id as "projectId", instance_id as "instanceId", database_id as "databaseId", request_id as "requestId",
      grant_id as "grantId", session_id as "sessionId", statement_id as "statementId", data
    from tidegate.audit_event where writer = ${writer} and sequence > ${after}
    order by sequence limit ${rowsPerRead}`.execute(tx);
  return result.rows;
}
