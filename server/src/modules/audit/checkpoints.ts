import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import { readChainEnds } from './audit-verify.ts';
import { type ChainHead, digestOfHeads } from './chain-head.ts';
import { type Checkpoint, CheckpointWalk, checkpointKind, parseCheckpoint } from './checkpoint.ts';
import { fingerprint, type SignedDocument } from './signed-document.ts';
import type { AuditSigner } from './signing-key.ts';

/** The record has lost something since it was last signed for. It is not signed for again: that would hide it. */
export class RecordCutError extends Error {
  constructor(number: number, { writer, sequence }: ChainHead) {
    super(
      `The record was cut or rewritten: checkpoint ${number} vouches for event ${sequence} of ${writer}, which is not there. ` +
        'No checkpoint is made until this is clear. Verify the record.',
    );
    this.name = 'RecordCutError';
  }
}

export interface StoredCheckpoint extends SignedDocument {
  readonly number: number;
}

/** So that few have to be read to know all heads. */
const fullEvery = 50;

const lock = sql`select pg_advisory_xact_lock(hashtextextended('tidegate.audit_checkpoint', 0))`;

/** Makes checkpoints: by time where something has happened, and on demand. */
export class Checkpoints {
  readonly #db: Db;
  readonly #signer: AuditSigner;

  constructor(db: Db, signer: AuditSigner) {
    this.#db = db;
    this.#signer = signer;
  }

  /** One that names the heads of all chains, as they are now. */
  async makeFull(): Promise<StoredCheckpoint> {
    return await this.#db.transaction().execute(async (tx) => {
      await lock.execute(tx);
      return await this.#make(tx, await findLast(tx), await readChainEnds(tx), true);
    });
  }

  /** Null when nothing has happened since the last one, or that one is younger. */
  async makeIfOlderThan(minutes: number): Promise<StoredCheckpoint | null> {
    return await this.#db.transaction().execute(async (tx) => {
      await lock.execute(tx);
      const last = await findLast(tx);
      const { rows } = await sql<{ isYoung: boolean }>`
        select exists (select from tidegate.audit_checkpoint
          where at > tidegate.now() - make_interval(mins => ${minutes})) as "isYoung"`.execute(tx);
      if (rows[0]?.isYoung !== false) return null;
      const heads = await readChainEnds(tx);
      if (last !== null && last.checkpoint.digest === digestOfHeads(heads.values())) return null;
      const isFull = last === null || (last.checkpoint.number + 1) % fullEvery === 0;
      return await this.#make(tx, last, heads, isFull);
    });
  }

  async #make(
    tx: Tx,
    last: Awaited<ReturnType<typeof findLast>>,
    heads: ReadonlyMap<string, ChainHead>,
    isFull: boolean,
  ): Promise<StoredCheckpoint> {
    const before = last === null ? new Map<string, ChainHead>() : await headsAsOf(tx, last.checkpoint.number);
    if (last !== null) await refuseCut(tx, last.checkpoint.number, before);
    const moved = [...heads.values()].filter(({ writer, hash }) => before.get(writer)?.hash !== hash);
    const { rows } = await sql<{ at: string; now: Date }>`
      select now, to_char(now at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
      from (select tidegate.now() as now) as clock`.execute(tx);
    const number = (last?.checkpoint.number ?? 0) + 1;
    const signed = this.#signer.sign({
      kind: checkpointKind,
      ...{ number, at: rows[0]?.at, isFull, heads: isFull ? [...heads.values()] : moved },
      ...{ chains: heads.size, digest: digestOfHeads(heads.values()) },
      previous: last === null ? null : fingerprint(last),
    });
    await sql`
      insert into tidegate.audit_checkpoint (number, at, key_id, is_full, document, signature)
      values (${number}, ${rows[0]?.now}, ${this.#signer.key.id}, ${isFull}, ${signed.document}, ${signed.signature})`.execute(
      tx,
    );
    return { number, ...signed };
  }
}

async function findLast(tx: Db): Promise<(SignedDocument & { checkpoint: Checkpoint }) | null> {
  const { rows } = await sql<SignedDocument>`
    select document, signature from tidegate.audit_checkpoint order by number desc limit 1`.execute(tx);
  const [row] = rows;
  if (row === undefined) return null;
  const checkpoint = parseCheckpoint(row.document);
  if (checkpoint === null) throw new Error('The last checkpoint of the record cannot be read. Verify the record.');
  return { ...row, checkpoint };
}

/** The heads that a checkpoint speaks of: its own, and those that it left to the ones before it. */
export async function headsAsOf(tx: Db, number: number): Promise<ReadonlyMap<string, ChainHead>> {
  const walk = new CheckpointWalk();
  for (const { checkpoint, signed } of await readSinceFull(tx, number)) walk.see(checkpoint, signed);
  return walk.heads;
}

/** Checkpoints from the last full one up to `number`. */
async function readSinceFull(tx: Db, number: number) {
  const { rows } = await sql<SignedDocument>`
    select document, signature from tidegate.audit_checkpoint
    where number <= ${number} and number >= coalesce((select max(number) from tidegate.audit_checkpoint
      where number <= ${number} and is_full), 1)
    order by number`.execute(tx);
  return rows.flatMap((signed) => {
    const checkpoint = parseCheckpoint(signed.document);
    return checkpoint === null ? [] : [{ checkpoint, signed }];
  });
}

/** What was signed for must still be there, or have been removed behind an anchor. */
async function refuseCut(tx: Db, number: number, before: ReadonlyMap<string, ChainHead>): Promise<void> {
  const { rows } = await sql<ChainHead>`
    select head.writer, head.sequence, head.hash
    from jsonb_to_recordset(${JSON.stringify([...before.values()])}::jsonb)
      as head(writer text, sequence int, hash text)
    where not exists (select from tidegate.audit_event e
        where e.writer = head.writer and e.sequence = head.sequence and e.hash = head.hash)
      and not exists (select from tidegate.audit_anchor a where a.writer = head.writer and a.sequence >= head.sequence)
    limit 1`.execute(tx);
  const [lost] = rows;
  if (lost !== undefined) throw new RecordCutError(number, lost);
}

export async function listCheckpoints(db: Db, after: number, limit: number): Promise<StoredCheckpoint[]> {
  const { rows } = await sql<SignedDocument & { number: string }>`
    select number, document, signature from tidegate.audit_checkpoint
    where number > ${after} order by number limit ${limit}`.execute(db);
  return rows.map((row) => ({ ...row, number: Number(row.number) }));
}
