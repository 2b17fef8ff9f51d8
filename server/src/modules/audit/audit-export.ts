import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditExportLine } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Db } from '../../platform/store/tx.ts';
import { readEventsOf } from './audit-event-rows.ts';
import { type AuditFilters, filteredEvents } from './audit-read-model.ts';
import { listAnchors } from './audit-retention.ts';
import { readChainEnds } from './audit-verify.ts';
import type { ChainHead } from './chain-head.ts';
import { type Checkpoints, listCheckpoints } from './checkpoints.ts';
import { type AuditSigner, listPublicKeys } from './signing-key.ts';

export const exportKind = 'tidegate.export';

const rowsPerRead = 500;
const pollMs = 1_000;
const askEveryMs = 5_000;

export interface ExportParts {
  readonly db: Db;
  readonly checkpoints: Checkpoints;
  readonly signer: AuditSigner;
}

export interface ExportReader {
  readonly signal: AbortSignal;
  /** Whether he may still read the record; asked every few seconds, since an export may last. */
  mayStill(): Promise<boolean>;
}

/**
 * The record as lines, up to a checkpoint that is made for it: everything in it is signed for. What comes after is left
 * to whoever follows. Ends with a signature over all its lines, so that no line can be changed or left out, also where
 * filters left gaps in the chains.
 */
export class AuditExport {
  readonly #parts: ExportParts;
  readonly #filters: AuditFilters;
  readonly #reader: ExportReader;
  readonly #sum = createHash('sha256');
  #lines = 0;
  #events = 0;
  #askedAt = performance.now();

  constructor(parts: ExportParts, filters: AuditFilters, reader: ExportReader) {
    this.#parts = parts;
    this.#filters = filters;
    this.#reader = reader;
  }

  async *lines(follows: boolean): AsyncGenerator<AuditExportLine> {
    for await (const line of this.#all(follows)) {
      this.#sum.update(`${JSON.stringify(line)}\n`, 'utf8');
      this.#lines += 1;
      yield line;
    }
  }

  async *#all(follows: boolean): AsyncGenerator<AuditExportLine> {
    const { db, checkpoints, signer } = this.#parts;
    const checkpoint = await checkpoints.makeFull();
    const heads = await readHeads(checkpoint.document);
    const given = Object.entries(this.#filters).filter(([, value]) => value !== undefined);
    const filters = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
    const at = (await sql<{ now: Date }>`select tidegate.now() as now`.execute(db)).rows[0]?.now ?? new Date();
    const isWhole = given.length === 0;
    yield { type: 'export', version: 1, at: at.toISOString(), isWhole, follows, filters };
    for (const key of await listPublicKeys(db)) yield { type: 'key', algorithm: 'Ed25519', ...key };
    for (const anchor of await listAnchors(db)) yield { type: 'anchor', ...anchor };
    yield { type: 'checkpoint', document: checkpoint.document, signature: checkpoint.signature };
    for (const head of heads) yield* this.#chain(head.writer, 0, head.sequence);
    if (follows) yield* this.#follow(new Map(heads.map((head) => [head.writer, head])), checkpoint.number);
    else {
      const signed = signer.sign({
        ...{ kind: exportKind, at: at.toISOString(), isWhole, filters },
        ...{ events: this.#events, lines: this.#lines, sha256: this.#sum.copy().digest('hex') },
      });
      yield { type: 'end', ...signed };
    }
  }

  async *#chain(writer: string, after: number, through: number): AsyncGenerator<AuditExportLine> {
    const only = filteredEvents(this.#filters);
    let last = after;
    for (;;) {
      await this.#demandRight();
      const rows = await readEventsOf(this.#parts.db, { writer, after: last, through, limit: rowsPerRead, only });
      for (const row of rows) {
        this.#events += 1;
        yield { type: 'event', ...row };
      }
      last = rows.at(-1)?.sequence ?? last;
      if (rows.length < rowsPerRead || this.#reader.signal.aborted) return;
    }
  }

  /** What happens from now on, and the checkpoints that are made meanwhile. */
  async *#follow(known: Map<string, ChainHead>, checkpoint: number): AsyncGenerator<AuditExportLine> {
    const { db } = this.#parts;
    let signedTo = checkpoint;
    while (!this.#reader.signal.aborted) {
      // Read before the events, so that no checkpoint is told that speaks of events which were not.
      const signed = await listCheckpoints(db, signedTo, rowsPerRead);
      const ends = [...(await readChainEnds(db)).values()];
      const grown = ends.filter((end) => end.sequence > (known.get(end.writer)?.sequence ?? 0));
      if (grown.length > 0) await flushed(db);
      for (const end of grown) {
        yield* this.#chain(end.writer, known.get(end.writer)?.sequence ?? 0, end.sequence);
        known.set(end.writer, end);
      }
      for (const { number, document, signature } of signed) {
        yield { type: 'checkpoint', document, signature };
        signedTo = number;
      }
      await delay(pollMs, undefined, { signal: this.#reader.signal }).catch(() => undefined); // He has left: the loop ends.
      await this.#demandRight();
    }
  }

  async #demandRight(): Promise<void> {
    if (performance.now() - this.#askedAt < askEveryMs) return;
    this.#askedAt = performance.now();
    if (!(await this.#reader.mayStill()))
      throw new Error('The reader of an export has lost the right to read the record.');
  }
}

async function readHeads(document: string): Promise<readonly ChainHead[]> {
  return (JSON.parse(document) as { heads: ChainHead[] }).heads;
}

/** Resolves when all that could be seen before is on disk: what is told may not be lost with the store. */
async function flushed(db: Db): Promise<void> {
  await sql`select pg_logical_emit_message(true, 'tidegate', '')`.execute(db);
}
