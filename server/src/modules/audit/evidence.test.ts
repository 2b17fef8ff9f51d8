import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { contentHash } from './audit-hash.ts';
import { openAuditParts } from './audit-test-kit.ts';
import { verifyChains } from './audit-verify.ts';
import { EvidenceWorld, textOf } from './evidence-test-kit.ts';
import { ExportVerifier } from './export-verifier.ts';

let world: EvidenceWorld;

beforeAll(async () => {
  world = await EvidenceWorld.open();
});
afterAll(() => world.store.close());
beforeEach(() => world.reset());

function check(lines: readonly string[], key: ConstructorParameters<typeof ExportVerifier>[0] = null) {
  const verifier = new ExportVerifier(key);
  for (const line of lines) verifier.see(line);
  return verifier.finish();
}

describe('checkpoints', () => {
  test('sign for all chains, follow from each other, and are not made when nothing has happened', async () => {
    await world.write(3);
    expect((await world.parts.checkpoints.makeIfOlderThan(0))?.number).toBe(1);
    expect(await world.parts.checkpoints.makeIfOlderThan(0)).toBeNull();
    await openAuditParts(world.store.db);
    await world.write(2);
    expect(await world.parts.checkpoints.makeIfOlderThan(10)).toBeNull();
    await world.move('11 minutes');
    expect((await world.parts.checkpoints.makeIfOlderThan(10))?.number).toBe(2);
    expect((await world.parts.checkpoints.makeFull()).number).toBe(3);
    await world.write(1);
    const found = await verifyChains(world.store.db);
    expect(found).toMatchObject({ isIntact: true, events: 8, chains: 2, checkpoint: { number: 3 }, eventsAfter: 1 });
  });

  test('of several servers at once are one row, each following the last', async () => {
    const other = await openAuditParts(world.store.db);
    expect(other.signer.key).toEqual(world.parts.signer.key);
    const all = await Promise.all([world.parts, other, world.parts, other].map((one) => one.checkpoints.makeFull()));
    expect(all.map((one) => one.number).sort()).toEqual([1, 2, 3, 4]);
    expect(await verifyChains(world.store.db)).toMatchObject({ isIntact: true, checkpoint: { number: 4 } });
  });

  test('are refused for a record that has lost what was signed for', async () => {
    await world.write(3);
    await world.parts.checkpoints.makeFull();
    const writer = await world.writer();
    await world.tamper(`delete from audit_event where sequence = 4;
      update audit_chain set last_sequence = 3, last_hash = (select hash from audit_event where sequence = 3)`);
    await expect(world.parts.checkpoints.makeFull()).rejects.toThrow(`checkpoint 1 vouches for event 4 of ${writer}`);
  });

  const forged = `update audit_checkpoint set document = replace(document, '"number":1', '"number": 1') where number = 1`;
  test.each([
    ['a changed checkpoint', forged, 1, 'signature'],
    ['one taken away', 'delete from audit_checkpoint where number = 1', 1, 'missing'],
    [
      'two exchanged',
      `update audit_checkpoint a set document = b.document, signature = b.signature
      from audit_checkpoint b where a.number = 3 - b.number and b.number < 3`,
      1,
      'belongs here',
    ],
    ['an unknown key', `update audit_signing_key set id = 'other'`, 1, 'not known'],
  ])('verification finds %s', async (_name, statement, sequence, reason) => {
    await world.parts.checkpoints.makeFull();
    await world.write(1);
    await world.parts.checkpoints.makeFull();
    await world.tamper(statement);
    const found = await verifyChains(world.store.db);
    await world.tamper(`update audit_signing_key set id = '${world.parts.signer.key.id}'`);
    expect(found.firstBroken).toEqual({
      part: 'checkpoint',
      writer: '',
      sequence,
      reason: expect.stringContaining(reason),
    });
  });

  test('verification finds a record that was rewritten with all its hashes', async () => {
    await world.write(3);
    await world.parts.checkpoints.makeFull();
    const writer = await world.writer();
    // All events anew with other facts, by the store's own function.
    const rows = await world.store.db.selectFrom('audit_event').selectAll().orderBy('sequence').execute();
    await world.tamper('truncate audit_event, audit_chain, audit_mention, audit_search, audit_searchable');
    const events = rows.map((row) => ({
      kind: row.kind,
      data: row.kind === 'table.looked_at' ? { name: 'x' } : row.data,
    }));
    const content = (event: { kind: string; data: unknown }) => ({
      ...{ kind: event.kind, data: event.data, actorId: null, onBehalfOfId: null, projectId: null, instanceId: null },
      ...{ databaseId: null, requestId: null, grantId: null, sessionId: null, statementId: null },
    });
    const encoded = events.map((event) => ({
      ...content(event),
      contentHash: contentHash(content(event)),
      mentions: [],
    }));
    await world.store.pool.query('select tidegate.append_audit_events($1, $2)', [writer, JSON.stringify(encoded)]);
    const found = await verifyChains(world.store.db);
    expect(found.firstBroken).toMatchObject({
      writer,
      sequence: 4,
      reason: expect.stringContaining('Checkpoint 1 vouches'),
    });
  });
});

describe('retention', () => {
  test('removes whole segments behind a signed anchor, and the rest verifies', async () => {
    await world.write(5);
    const first = await world.parts.checkpoints.makeFull();
    await world.write(2);
    await world.move('40 days');
    await world.parts.retention.set({ actorId: randomUUID(), onBehalfOfId: null }, { days: 30 });
    expect(await world.parts.retention.apply()).toEqual({ events: 6, checkpoint: first.number });
    expect(await world.parts.retention.apply()).toBeNull();
    const kept = await world.store.db
      .selectFrom('audit_event')
      .select(['sequence', 'kind'])
      .orderBy('sequence')
      .execute();
    expect(kept.map((row) => Number(row.sequence))).toEqual([7, 8, 9, 10]);
    expect(kept.at(-1)?.kind).toBe('audit.segments_removed');
    expect(await verifyChains(world.store.db)).toMatchObject({ isIntact: true, events: 4 });
    expect(check(textOf(await world.exported()))).toMatchObject({ isIntact: true, anchors: 1, events: 4 });
  });

  test('removes nothing by default, and nothing that does not verify', async () => {
    await world.write(3);
    await world.parts.checkpoints.makeFull();
    await world.move('400 days');
    expect(await world.parts.retention.apply()).toBeNull();
    await world.tamper(`update audit_event set data = '{}' where sequence = 3`);
    await world.parts.retention.set({ actorId: randomUUID(), onBehalfOfId: null }, { days: 30 });
    await expect(world.parts.retention.apply()).rejects.toThrow('is broken at event 3');
    expect(await world.store.db.selectFrom('audit_event').select('sequence').execute()).toHaveLength(5);
  });

  test('is the only way out: without an anchor, or beyond it, nothing can be deleted', async () => {
    await world.write(4);
    const remove = (condition: string) => world.store.pool.query(`delete from tidegate.audit_event where ${condition}`);
    await expect(remove('sequence = 1')).rejects.toMatchObject({ code: '23001' });
    const writer = await world.writer();
    const anchor = (hash: string) =>
      world.store.pool.query(
        `insert into tidegate.audit_anchor (writer, sequence, hash, at, key_id, document, signature)
         values ($1, 2, $2, now(), $3, '{}', 'not signed')`,
        [writer, hash, world.parts.signer.key.id],
      );
    await expect(anchor('f'.repeat(64))).rejects.toMatchObject({ constraint: 'audit_anchor_of_event' });
    const { rows } = await world.store.pool.query<{ hash: string }>(
      'select hash from tidegate.audit_event where sequence = 2',
    );
    await anchor(rows[0]?.hash ?? '');
    await expect(remove('sequence = 3')).rejects.toMatchObject({ code: '23001' });
    await remove('sequence <= 2');
    // Whoever can write to the store can make an anchor, but cannot sign it.
    expect((await verifyChains(world.store.db)).firstBroken).toMatchObject({ part: 'anchor', writer, sequence: 2 });
  });

  test('does not reach checkpoints and anchors, which are append-only', async () => {
    await world.parts.checkpoints.makeFull();
    for (const change of [
      'update tidegate.audit_checkpoint set at = now()',
      'delete from tidegate.audit_checkpoint',
      'truncate tidegate.audit_checkpoint',
      'truncate tidegate.audit_anchor',
    ]) {
      await expect(world.store.pool.query(change), change).rejects.toMatchObject({ code: '23001' });
    }
  });
});
