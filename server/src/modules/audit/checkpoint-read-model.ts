import type { RouteReply, Routes } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import { CheckpointWalk, parseCheckpoint } from './checkpoint.ts';
import { listCheckpoints, type StoredCheckpoint } from './checkpoints.ts';
import type { SignedDocument } from './signed-document.ts';

type CheckpointView = RouteReply<Routes['POST /audit-checkpoints']>;

/** `events`: of all chains up to it; null where the checkpoint names all heads itself. */
export function presentCheckpoint(signed: StoredCheckpoint, events: number | null): CheckpointView {
  const checkpoint = parseCheckpoint(signed.document);
  if (checkpoint === null) throw new Error(`Checkpoint ${signed.number} cannot be read. Verify the record.`);
  const { number, at, keyId, chains, digest, heads } = checkpoint;
  const { document, signature } = signed;
  const all = events ?? heads.reduce((sum, head) => sum + head.sequence, 0);
  return { number, at, keyId, chains, events: all, digest, document, signature };
}

/** Newest first. */
export async function pageOfCheckpoints(db: Db, page: number, pageSize: number) {
  const { rows } = await sql<{ total: number }>`
    select coalesce(max(number), 0)::int as total from tidegate.audit_checkpoint`.execute(db);
  const total = rows[0]?.total ?? 0;
  const last = total - (page - 1) * pageSize;
  const first = Math.max(0, last - pageSize);
  const walk = new CheckpointWalk();
  const items: CheckpointView[] = [];
  for (const signed of last <= 0 ? [] : await fromFullBefore(db, first, last)) {
    const checkpoint = parseCheckpoint(signed.document);
    if (checkpoint === null) continue;
    walk.see(checkpoint, signed);
    const events = [...walk.heads.values()].reduce((sum, head) => sum + head.sequence, 0);
    if (signed.number > first) items.unshift(presentCheckpoint(signed, events));
  }
  return { items, total, page, pageSize };
}

/** From the full one at or before `first`, so that all heads are known, through `last`. */
async function fromFullBefore(db: Db, first: number, last: number): Promise<StoredCheckpoint[]> {
  const { rows } = await sql<{ full: number }>`
    select coalesce(max(number), 1)::int as full from tidegate.audit_checkpoint
    where is_full and number <= ${first + 1}`.execute(db);
  const full = rows[0]?.full ?? 1;
  return await listCheckpoints(db, full - 1, last - full + 1);
}

/** What retention has removed so far. */
export async function readRemoved(db: Db): Promise<{ removed: number; removedUntil: string | null }> {
  const { rows } = await sql<SignedDocument & { removed: number; checkpoint: number | null }>`
    select coalesce(sum((document::jsonb ->> 'removed')::bigint), 0)::int as removed,
      max((document::jsonb ->> 'checkpoint')::int) as checkpoint from tidegate.audit_anchor`.execute(db);
  const { removed = 0, checkpoint = null } = rows[0] ?? {};
  if (checkpoint === null) return { removed, removedUntil: null };
  const [found] = await listCheckpoints(db, checkpoint - 1, 1);
  return { removed, removedUntil: found === undefined ? null : (parseCheckpoint(found.document)?.at ?? null) };
}
