import { type Kysely, sql } from 'kysely';
import type { StoreSchema } from '../../platform/store/store-schema.ts';
import { type Anchor, parseAnchor } from './anchor.ts';
import { readEventsOf } from './audit-event-rows.ts';
import { findHidden } from './audit-search.ts';
import type { ChainHead } from './chain-head.ts';
import { type BrokenLink, ChainWalk, VouchedHeads } from './chain-walk.ts';
import { type Checkpoint, CheckpointWalk, parseCheckpoint } from './checkpoint.ts';
import { type PublicKey, type SignedDocument, signatureFault } from './signed-document.ts';
import { listPublicKeys } from './signing-key.ts';

export interface Verification {
  readonly isIntact: boolean;
  readonly events: number;
  readonly chains: number;
  /** The last one, with a signature that holds. */
  readonly checkpoint: { readonly number: number; readonly at: string; readonly keyId: string } | null;
  /** Events since then: linked, but not yet signed for. */
  readonly eventsAfter: number;
  readonly firstBroken: BrokenLink | null;
}

type Tx = Kysely<StoreSchema>;
type Keys = ReadonlyMap<string, PublicKey>;

const rowsPerRead = 500;

/**
 * Recomputes every chain from the stored events, checks every signature, and holds the chains against what checkpoints,
 * anchors, the chain table and later chains say of them, and against what searches show. Reads one snapshot, so that events appended meanwhile do not
 * look like a fault.
 */
export async function verifyChains(store: Kysely<StoreSchema>): Promise<Verification> {
  return await store
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const keys = new Map((await listPublicKeys(tx)).map((key) => [key.id, key]));
      const vouched = await readVouchedHeads(tx);
      const checkpoints = await verifyCheckpoints(tx, keys, vouched);
      const anchors = await verifyAnchors(tx, keys, vouched);
      const ends = await readChainEnds(tx);
      const found = [checkpoints.broken, anchors.broken];
      let events = 0;
      for (const writer of [...new Set([...ends.keys(), ...vouched.writers])].sort()) {
        const chain = await verifyChain(tx, writer, {
          end: ends.get(writer) ?? null,
          anchor: anchors.newest.get(writer) ?? null,
          vouched,
        });
        events += chain.events;
        found.push(chain.broken);
      }
      found.push(await findHidden(tx));
      const firstBroken = found.find((broken) => broken !== null) ?? null;
      const eventsAfter = [...ends.values()]
        .map((end) => end.sequence - (checkpoints.heads.get(end.writer)?.sequence ?? 0))
        .reduce((sum, more) => sum + Math.max(0, more), 0);
      const { last } = checkpoints;
      return { isIntact: firstBroken === null, events, chains: ends.size, checkpoint: last, eventsAfter, firstBroken };
    });
}

/** One chain up to its end, or up to and including `through`. */
export async function verifyChain(
  tx: Tx,
  writer: string,
  known: { end: ChainHead | null; anchor: Anchor | null; vouched: VouchedHeads; through?: number },
): Promise<{ events: number; broken: BrokenLink | null }> {
  const { end, anchor, through } = known;
  const walk = new ChainWalk(writer, anchor, known.vouched.of(writer));
  for (;;) {
    const rows = await readEventsOf(tx, { writer, after: walk.last.sequence, through, limit: rowsPerRead });
    for (const row of rows) {
      const broken = walk.see(row);
      if (broken !== null) return { events: walk.events, broken };
    }
    if (rows.length < rowsPerRead) break;
  }
  if (through !== undefined) return { events: walk.events, broken: null };
  const { last, events } = walk;
  const brokenAt = (sequence: number, reason: string) => ({
    events,
    broken: { part: 'event' as const, writer, sequence, reason },
  });
  if (end === null) return brokenAt(1, 'The whole chain is missing; others vouch for it.');
  if (end.sequence > last.sequence) {
    return brokenAt(last.sequence + 1, 'The events from here to the end of the chain are missing.');
  }
  const missing = walk.end();
  if (missing !== null) return { events, broken: missing };
  if (end.sequence < last.sequence || end.hash !== last.hash) {
    return brokenAt(last.sequence, 'The chain goes on after the end that the store has noted.');
  }
  return { events, broken: null };
}

interface StoredRow extends SignedDocument {
  readonly number: string;
  readonly keyId: string;
}

/** Checks all of them in order, and lets those that hold vouch for their heads. */
async function verifyCheckpoints(tx: Tx, keys: Keys, vouched: VouchedHeads) {
  const walk = new CheckpointWalk();
  let broken: BrokenLink | null = null;
  let last: Verification['checkpoint'] = null;
  let number = 0;
  for (;;) {
    const { rows } = await sql<StoredRow>`
      select number, key_id as "keyId", document, signature from tidegate.audit_checkpoint
      where number > ${number} order by number limit ${rowsPerRead}`.execute(tx);
    for (const row of rows) {
      const expected = number + 1;
      number = Number(row.number);
      const found = checkCheckpoint(row, expected, keys, walk);
      if (typeof found === 'string') broken ??= { part: 'checkpoint', writer: '', sequence: expected, reason: found };
      else {
        last = { number, at: found.at, keyId: found.keyId };
        for (const head of found.heads) vouched.add(head, `Checkpoint ${number}`);
      }
    }
    if (rows.length < rowsPerRead) break;
  }
  return { broken, last, heads: walk.heads };
}

/** The checkpoint, or why it does not count. */
function checkCheckpoint(row: StoredRow, expected: number, keys: Keys, walk: CheckpointWalk): Checkpoint | string {
  if (Number(row.number) !== expected) return 'This checkpoint is missing.';
  const unsigned = signatureFault(row, keys.get(row.keyId));
  if (unsigned !== null) return unsigned;
  const checkpoint = parseCheckpoint(row.document);
  if (checkpoint?.number !== expected || checkpoint.keyId !== row.keyId) {
    return 'It is not the checkpoint that belongs here.';
  }
  return walk.see(checkpoint, row) ?? checkpoint;
}

async function verifyAnchors(tx: Tx, keys: Keys, vouched: VouchedHeads) {
  const { rows } = await sql<SignedDocument & { writer: string; sequence: string; hash: string; keyId: string }>`
    select writer, sequence, hash, key_id as "keyId", document, signature from tidegate.audit_anchor
    order by writer, sequence`.execute(tx);
  const newest = new Map<string, Anchor>();
  let broken: BrokenLink | null = null;
  for (const row of rows) {
    const anchor = parseAnchor(row.document);
    const sequence = Number(row.sequence);
    const isIts = anchor?.writer === row.writer && anchor.sequence === sequence && anchor.hash === row.hash;
    const reason =
      signatureFault(row, keys.get(row.keyId)) ??
      (isIts ? anchorFault(anchor, vouched) : 'It is not the anchor that belongs here.');
    if (reason !== null) broken ??= { part: 'anchor', writer: row.writer, sequence, reason };
    else if (anchor !== null) newest.set(anchor.writer, anchor);
  }
  return { broken, newest };
}

export function anchorFault({ writer, sequence, hash }: Anchor, vouched: VouchedHeads): string | null {
  const known = vouched.of(writer).get(sequence);
  return known === undefined || known.hash === hash ? null : `${known.by} vouches for another event here.`;
}

export async function readChainEnds(tx: Tx): Promise<Map<string, ChainHead>> {
  const { rows } = await sql<{ writer: string; sequence: string; hash: string }>`
    select writer, last_sequence as sequence, last_hash as hash from tidegate.audit_chain
    where last_sequence > 0 order by writer`.execute(tx);
  return new Map(rows.map((row) => [row.writer, { ...row, sequence: Number(row.sequence) }]));
}

/** What chains say in their first events of those before them. */
async function readVouchedHeads(tx: Tx): Promise<VouchedHeads> {
  const { rows } = await sql<ChainHead>`
    select distinct head ->> 'writer' as writer, (head ->> 'sequence')::int as sequence, head ->> 'hash' as hash
    from tidegate.audit_event, jsonb_array_elements(data -> 'heads') head
    where kind = 'audit.chain_started'`.execute(tx);
  const heads = new VouchedHeads();
  for (const head of rows) heads.add(head, 'A later chain');
  return heads;
}
