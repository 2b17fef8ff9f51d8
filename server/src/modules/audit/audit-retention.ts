import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import { type Anchor, anchorKind, parseAnchor } from './anchor.ts';
import type { AuditLog } from './audit-event.ts';
import { makeSearchable } from './audit-search.ts';
import { verifyChain } from './audit-verify.ts';
import type { ChainHead } from './chain-head.ts';
import { VouchedHeads } from './chain-walk.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { headsAsOf } from './checkpoints.ts';
import type { SignedDocument } from './signed-document.ts';
import type { AuditSigner } from './signing-key.ts';

const settingKey = 'audit_retention';

export interface Retention {
  /** How long events stay at least; null: for ever. */
  readonly days: number | null;
}

export interface Removal {
  readonly events: number;
  /** Events up to this checkpoint were removed. */
  readonly checkpoint: number;
}

const lock = sql`select pg_advisory_xact_lock(hashtextextended('tidegate.audit_retention', 0))`;

/**
 * How long the record is kept. What is older goes by whole segments: the events of each chain up to a checkpoint. A
 * signed anchor stays in their place, from which the rest still verifies.
 */
export class AuditRetention {
  readonly #db: Db;
  readonly #audit: AuditLog;
  readonly #signer: AuditSigner;
  /** The checkpoint up to which there is nothing more to remove. */
  #applied = 0;

  constructor(parts: { db: Db; audit: AuditLog; signer: AuditSigner }) {
    this.#db = parts.db;
    this.#audit = parts.audit;
    this.#signer = parts.signer;
  }

  async read(): Promise<Retention> {
    const { rows } = await sql<{ days: number | null }>`
      select (value ->> 'days')::int as days from tidegate.setting where key = ${settingKey}`.execute(this.#db);
    return { days: rows[0]?.days ?? null };
  }

  async set(by: { actorId: string; onBehalfOfId: string | null }, { days }: Retention): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      await sql`
        insert into tidegate.setting (key, value) values (${settingKey}, ${JSON.stringify({ days })}::jsonb)
        on conflict (key) do update set value = excluded.value, updated_at = clock_timestamp()`.execute(tx);
      await this.#audit.append(tx, { kind: 'audit.retention_set', ...by, data: { days } });
    });
  }

  /** Removes what is older than it has to be kept; null when there is no whole segment of that age. */
  async apply(): Promise<Removal | null> {
    const { days } = await this.read();
    if (days === null) return null;
    // What is removed must not be found later; before the transaction, which may last and would hold up whoever searches.
    await makeSearchable(this.#db);
    return await this.#db.transaction().execute(async (tx) => {
      await lock.execute(tx);
      const { rows } = await sql<{ document: string }>`
        select document from tidegate.audit_checkpoint
        where at <= tidegate.now() - make_interval(days => ${days}) order by number desc limit 1`.execute(tx);
      const last = rows[0] === undefined ? null : parseCheckpoint(rows[0].document);
      if (last === null || last.number === this.#applied) return null;
      const removed: { writer: string; through: number; events: number }[] = [];
      for (const head of (await headsAsOf(tx, last.number)).values()) {
        const events = await this.#removeSegments(tx, head, last.number);
        if (events > 0) removed.push({ writer: head.writer, through: head.sequence, events });
      }
      this.#applied = last.number;
      if (removed.length === 0) return null;
      await removeFromSearch(tx);
      const events = removed.reduce((sum, one) => sum + one.events, 0);
      const data = { days, checkpoint: last.number, until: last.at, events, segments: removed };
      await this.#audit.append(tx, { kind: 'audit.segments_removed', actorId: null, data });
      return { events, checkpoint: last.number };
    });
  }

  /** Only what verifies is removed: a forged event must not disappear behind an anchor. */
  async #removeSegments(tx: Tx, head: ChainHead, checkpoint: number): Promise<number> {
    const { writer, sequence, hash } = head;
    const anchor = await findAnchor(tx, writer);
    if (anchor !== null && anchor.sequence >= sequence) return 0;
    const vouched = new VouchedHeads();
    vouched.add(head, `Checkpoint ${checkpoint}`);
    const { events, broken } = await verifyChain(tx, writer, { end: null, anchor, vouched, through: sequence });
    if (broken !== null || events !== sequence - (anchor?.sequence ?? 0)) {
      throw new Error(
        `Old events are kept: the chain ${writer} is broken at event ${broken?.sequence ?? sequence}. Verify the record.`,
      );
    }
    const { rows } = await sql<{ at: string; now: Date }>`
      select now, to_char(now at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
      from (select tidegate.now() as now) as clock`.execute(tx);
    const signed = this.#signer.sign({
      kind: anchorKind,
      ...{ writer, sequence, hash, removed: events, checkpoint, at: rows[0]?.at },
    });
    await sql`
      insert into tidegate.audit_anchor (writer, sequence, hash, at, key_id, document, signature)
      values (${writer}, ${sequence}, ${hash}, ${rows[0]?.now}, ${this.#signer.key.id}, ${signed.document},
        ${signed.signature})`.execute(tx);
    await sql`delete from tidegate.audit_event where writer = ${writer} and sequence <= ${sequence}`.execute(tx);
    return events;
  }
}

async function findAnchor(tx: Db, writer: string): Promise<Anchor | null> {
  const { rows } = await sql<{ document: string }>`
    select document from tidegate.audit_anchor where writer = ${writer} order by sequence desc limit 1`.execute(tx);
  return rows[0] === undefined ? null : parseAnchor(rows[0].document);
}

async function removeFromSearch(tx: Tx): Promise<void> {
  for (const table of ['audit_mention', 'audit_search']) {
    await sql`
      delete from ${sql.table(`tidegate.${table}`)} found using (
        select writer, max(sequence) as sequence from tidegate.audit_anchor group by writer) as removed
      where found.writer = removed.writer and found.sequence <= removed.sequence`.execute(tx);
  }
}

/** The newest of each chain, signed. */
export async function listAnchors(db: Db): Promise<SignedDocument[]> {
  const { rows } = await sql<SignedDocument>`
    select distinct on (writer) document, signature from tidegate.audit_anchor order by writer, sequence desc`.execute(
    db,
  );
  return rows;
}
