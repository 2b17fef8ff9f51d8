import { randomUUID } from 'node:crypto';
import type { AuditExportLine } from '@tidegate/contract';
import { createTestStore, type TestStore } from '../../platform/store/test-store.ts';
import { AuditExport } from './audit-export.ts';
import type { AuditFilters } from './audit-read-model.ts';
import { openAuditParts } from './audit-test-kit.ts';

type Parts = Awaited<ReturnType<typeof openAuditParts>>;

/** A record on a store of its own, whose clock can be moved and whose triggers can be switched off. */
export class EvidenceWorld {
  readonly store: TestStore;
  parts: Parts;
  readonly reader = { signal: new AbortController().signal, mayStill: async () => true };

  private constructor(store: TestStore, parts: Parts) {
    this.store = store;
    this.parts = parts;
  }

  static async open(): Promise<EvidenceWorld> {
    const store = await createTestStore();
    await store.pool.query('create table tidegate.moved (ahead interval not null)');
    await store.pool.query(`insert into tidegate.moved values ('0')`);
    await store.pool.query(`create or replace function tidegate.now() returns timestamptz language sql volatile as
      'select clock_timestamp() + (select ahead from tidegate.moved)'`);
    return new EvidenceWorld(store, await openAuditParts(store.db));
  }

  /** An empty record with a chain of its own. */
  async reset(): Promise<void> {
    await this.tamper(
      'truncate audit_event, audit_chain, audit_checkpoint, audit_anchor, audit_mention, audit_search, audit_searchable',
    );
    await this.store.pool.query(`update tidegate.moved set ahead = '0'`);
    await this.store.pool.query(`delete from tidegate.setting where key = 'audit_retention'`);
    this.parts = await openAuditParts(this.store.db);
  }

  /** As a superuser who switches the triggers off. */
  async tamper(statement: string): Promise<void> {
    const client = await this.store.pool.connect();
    try {
      await client.query(`set session_replication_role = replica; ${statement}; reset session_replication_role`);
    } finally {
      client.release();
    }
  }

  async move(by: string): Promise<void> {
    await this.store.pool.query('update tidegate.moved set ahead = ahead + $1::interval', [by]);
  }

  async write(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const data = { name: `table ${index} \u2028` };
      await this.parts.audit.record({ kind: 'table.looked_at', actorId: randomUUID(), data });
    }
  }

  async writer(): Promise<string> {
    return (await this.store.db.selectFrom('audit_chain').selectAll().executeTakeFirstOrThrow()).writer;
  }

  async exported(filters: AuditFilters = {}): Promise<AuditExportLine[]> {
    const lines: AuditExportLine[] = [];
    for await (const line of new AuditExport(this.parts, filters, this.reader).lines(false)) lines.push(line);
    return lines;
  }
}

export const textOf = (lines: readonly unknown[]): string[] => lines.map((line) => JSON.stringify(line));
