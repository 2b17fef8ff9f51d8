import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditExportLine } from '@tidegate/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestStore, type TestStore } from '../../platform/store/test-store.ts';
import { AuditExport } from './audit-export.ts';
import { contentHash, eventHash } from './audit-hash.ts';
import type { AuditFilters } from './audit-read-model.ts';
import { openAuditParts } from './audit-test-kit.ts';
import { verifyChains } from './audit-verify.ts';
import { ExportVerifier } from './export-verifier.ts';
import { publicKeyOf, signDocument } from './signed-document.ts';

type Parts = Awaited<ReturnType<typeof openAuditParts>>;

let store: TestStore;
let parts: Parts;

beforeAll(async () => {
  store = await createTestStore();
  await store.pool.query('create table tidegate.moved (ahead interval not null)');
  await store.pool.query(`insert into tidegate.moved values ('0')`);
  await store.pool.query(`create or replace function tidegate.now() returns timestamptz language sql volatile as
    'select clock_timestamp() + (select ahead from tidegate.moved)'`);
});
afterAll(() => store.close());
beforeEach(async () => {
  await tamper('truncate audit_event, audit_chain, audit_checkpoint, audit_anchor, audit_mention');
  await store.pool.query(`update tidegate.moved set ahead = '0'`);
  await store.pool.query(`delete from tidegate.setting where key = 'audit_retention'`);
  parts = await openAuditParts(store.db);
});

/** As a superuser who switches the triggers off. */
async function tamper(statement: string): Promise<void> {
  const client = await store.pool.connect();
  try {
    await client.query(`set session_replication_role = replica; ${statement}; reset session_replication_role`);
  } finally {
    client.release();
  }
}

const move = (by: string) => store.pool.query('update tidegate.moved set ahead = ahead + $1::interval', [by]);

async function write(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await parts.audit.record({
      kind: 'table.looked_at',
      actorId: randomUUID(),
      data: { name: `table ${index} \u2028` },
    });
  }
}
const writerOf = async (): Promise<string> =>
  (await store.db.selectFrom('audit_chain').selectAll().executeTakeFirstOrThrow()).writer;
const reader = { signal: new AbortController().signal, mayStill: async () => true };

async function exported(filters: AuditFilters = {}): Promise<AuditExportLine[]> {
  const lines: AuditExportLine[] = [];
  for await (const line of new AuditExport(parts, filters, reader).lines(false)) lines.push(line);
  return lines;
}
const textOf = (lines: readonly unknown[]): string[] => lines.map((line) => JSON.stringify(line));

function check(lines: readonly string[], key: ConstructorParameters<typeof ExportVerifier>[0] = null) {
  const verifier = new ExportVerifier(key);
  for (const line of lines) verifier.see(line);
  return verifier.finish();
}

describe('checkpoints', () => {
  test('sign for all chains, follow from each other, and are not made when nothing has happened', async () => {
    await write(3);
    expect((await parts.checkpoints.makeIfOlderThan(0))?.number).toBe(1);
    expect(await parts.checkpoints.makeIfOlderThan(0)).toBeNull();
    await openAuditParts(store.db);
    await write(2);
    expect(await parts.checkpoints.makeIfOlderThan(10)).toBeNull();
    await move('11 minutes');
    expect((await parts.checkpoints.makeIfOlderThan(10))?.number).toBe(2);
    expect((await parts.checkpoints.makeFull()).number).toBe(3);
    await write(1);
    const found = await verifyChains(store.db);
    expect(found).toMatchObject({ isIntact: true, events: 8, chains: 2, checkpoint: { number: 3 }, eventsAfter: 1 });
  });

  test('of several servers at once are one row, each following the last', async () => {
    const other = await openAuditParts(store.db);
    expect(other.signer.key).toEqual(parts.signer.key);
    const all = await Promise.all([parts, other, parts, other].map((one) => one.checkpoints.makeFull()));
    expect(all.map((one) => one.number).sort()).toEqual([1, 2, 3, 4]);
    expect(await verifyChains(store.db)).toMatchObject({ isIntact: true, checkpoint: { number: 4 } });
  });

  test('are refused for a record that has lost what was signed for', async () => {
    await write(3);
    await parts.checkpoints.makeFull();
    const writer = await writerOf();
    await tamper(`delete from audit_event where sequence = 4;
      update audit_chain set last_sequence = 3, last_hash = (select hash from audit_event where sequence = 3)`);
    await expect(parts.checkpoints.makeFull()).rejects.toThrow(`checkpoint 1 vouches for event 4 of ${writer}`);
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
    await parts.checkpoints.makeFull();
    await write(1);
    await parts.checkpoints.makeFull();
    await tamper(statement);
    const found = await verifyChains(store.db);
    await tamper(`update audit_signing_key set id = '${parts.signer.key.id}'`);
    expect(found.firstBroken).toEqual({
      part: 'checkpoint',
      writer: '',
      sequence,
      reason: expect.stringContaining(reason),
    });
  });

  test('verification finds a record that was rewritten with all its hashes', async () => {
    await write(3);
    await parts.checkpoints.makeFull();
    const writer = await writerOf();
    // All events anew with other facts, by the store's own function.
    const rows = await store.db.selectFrom('audit_event').selectAll().orderBy('sequence').execute();
    await tamper('truncate audit_event, audit_chain, audit_mention');
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
    await store.pool.query('select tidegate.append_audit_events($1, $2)', [writer, JSON.stringify(encoded)]);
    const found = await verifyChains(store.db);
    expect(found.firstBroken).toMatchObject({
      writer,
      sequence: 4,
      reason: expect.stringContaining('Checkpoint 1 vouches'),
    });
  });
});

describe('retention', () => {
  test('removes whole segments behind a signed anchor, and the rest verifies', async () => {
    await write(5);
    const first = await parts.checkpoints.makeFull();
    await write(2);
    await move('40 days');
    await parts.retention.set({ actorId: randomUUID(), onBehalfOfId: null }, { days: 30 });
    expect(await parts.retention.apply()).toEqual({ events: 6, checkpoint: first.number });
    expect(await parts.retention.apply()).toBeNull();
    const kept = await store.db.selectFrom('audit_event').select(['sequence', 'kind']).orderBy('sequence').execute();
    expect(kept.map((row) => Number(row.sequence))).toEqual([7, 8, 9, 10]);
    expect(kept.at(-1)?.kind).toBe('audit.segments_removed');
    expect(await verifyChains(store.db)).toMatchObject({ isIntact: true, events: 4 });
    expect(check(textOf(await exported()))).toMatchObject({ isIntact: true, anchors: 1, events: 4 });
  });

  test('removes nothing by default, and nothing that does not verify', async () => {
    await write(3);
    await parts.checkpoints.makeFull();
    await move('400 days');
    expect(await parts.retention.apply()).toBeNull();
    await tamper(`update audit_event set data = '{}' where sequence = 3`);
    await parts.retention.set({ actorId: randomUUID(), onBehalfOfId: null }, { days: 30 });
    await expect(parts.retention.apply()).rejects.toThrow('is broken at event 3');
    expect(await store.db.selectFrom('audit_event').select('sequence').execute()).toHaveLength(5);
  });

  test('is the only way out: without an anchor, or beyond it, nothing can be deleted', async () => {
    await write(4);
    const remove = (condition: string) => store.pool.query(`delete from tidegate.audit_event where ${condition}`);
    await expect(remove('sequence = 1')).rejects.toMatchObject({ code: '23001' });
    const writer = await writerOf();
    const anchor = (hash: string) =>
      store.pool.query(
        `insert into tidegate.audit_anchor (writer, sequence, hash, at, key_id, document, signature)
         values ($1, 2, $2, now(), $3, '{}', 'not signed')`,
        [writer, hash, parts.signer.key.id],
      );
    await expect(anchor('f'.repeat(64))).rejects.toMatchObject({ constraint: 'audit_anchor_of_event' });
    const { rows } = await store.pool.query<{ hash: string }>(
      'select hash from tidegate.audit_event where sequence = 2',
    );
    await anchor(rows[0]?.hash ?? '');
    await expect(remove('sequence = 3')).rejects.toMatchObject({ code: '23001' });
    await remove('sequence <= 2');
    // Whoever can write to the store can make an anchor, but cannot sign it.
    expect((await verifyChains(store.db)).firstBroken).toMatchObject({ part: 'anchor', writer, sequence: 2 });
  });

  test('does not reach checkpoints and anchors, which are append-only', async () => {
    await parts.checkpoints.makeFull();
    for (const change of [
      'update tidegate.audit_checkpoint set at = now()',
      'delete from tidegate.audit_checkpoint',
      'truncate tidegate.audit_checkpoint',
      'truncate tidegate.audit_anchor',
    ]) {
      await expect(store.pool.query(change), change).rejects.toMatchObject({ code: '23001' });
    }
  });
});

describe('an exported record', () => {
  let lines: AuditExportLine[];
  let writer: string;

  beforeEach(async () => {
    await write(4);
    lines = await exported();
    writer = await writerOf();
  });

  const eventAt = (sequence: number) => lines.findIndex((line) => line.type === 'event' && line.sequence === sequence);
  const changed = (index: number, change: (line: Record<string, unknown>) => unknown) =>
    textOf(lines.map((line, at) => (at === index ? change(structuredClone(line) as Record<string, unknown>) : line)));

  test('verifies without server or store, with the key given or its own', () => {
    const intact = {
      isIntact: true,
      isWhole: true,
      hasEnd: true,
      events: 5,
      chains: 1,
      checkpoints: 1,
      firstBroken: null,
    };
    expect(check(textOf(lines))).toMatchObject(intact);
    expect(check(textOf(lines), parts.signer.key)).toMatchObject({ ...intact, keyIds: [parts.signer.key.id] });
  });

  test.each([
    ['a changed fact', (line: Record<string, unknown>) => ({ ...line, data: { name: 'nothing' } }), 'content'],
    ['another time', (line: Record<string, unknown>) => ({ ...line, at: '2020-01-01T00:00:00.000000Z' }), 'content'],
    ['a forged hash', (line: Record<string, unknown>) => ({ ...line, hash: 'a'.repeat(64) }), 'content'],
    ['a forged link', (line: Record<string, unknown>) => ({ ...line, previousHash: 'a'.repeat(64) }), 'link'],
  ])('is broken by %s, at that event', (_name, change, reason) => {
    const found = check(changed(eventAt(3), change));
    expect(found.firstBroken).toMatchObject({ part: 'event', writer, sequence: 3, line: eventAt(3) + 1 });
    expect(found.firstBroken?.reason).toContain(reason);
  });

  test('is broken by an event left out, exchanged or put in twice', () => {
    const at = eventAt(3);
    const text = textOf(lines);
    expect(check(text.toSpliced(at, 1)).firstBroken).toMatchObject({
      sequence: 3,
      reason: expect.stringContaining('missing'),
    });
    const exchanged = text.with(at, text[at + 1] ?? '').with(at + 1, text[at] ?? '');
    expect(check(exchanged).firstBroken).toMatchObject({ sequence: 3, reason: expect.stringContaining('missing') });
    expect(check(text.toSpliced(at, 0, text[at] ?? '')).firstBroken).toMatchObject({
      sequence: 3,
      reason: expect.stringContaining('order'),
    });
  });

  test('is broken by a cut tail, which the checkpoint knows of', () => {
    const cut = textOf(lines).slice(0, eventAt(4));
    expect(check(cut).firstBroken).toMatchObject({
      writer,
      sequence: 4,
      reason: expect.stringContaining('to 5 are missing'),
    });
    expect(check(textOf(lines).slice(0, -1)).firstBroken).toMatchObject({
      part: 'file',
      reason: expect.stringContaining('cut'),
    });
  });

  /** Makes all hashes anew over changed content. */
  function rehashed(): AuditExportLine[] {
    let previousHash = '0'.repeat(64);
    return lines.map((line) => {
      if (line.type !== 'event') return line;
      const event = { ...line, previousHash, data: line.kind === 'table.looked_at' ? { name: 'nothing' } : line.data };
      const hash = eventHash(event, event);
      previousHash = hash;
      return { ...event, hash };
    });
  }

  test('is broken by all hashes made anew without the key', () => {
    expect(check(textOf(rehashed())).firstBroken).toMatchObject({
      ...{ part: 'event', writer, sequence: 5 },
      reason: expect.stringContaining('the chain was rewritten'),
    });
  });

  test('signed anew with another key convinces only who gives no key', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const forger = publicKeyOf(publicKey);
    const resign = (document: string, change: Record<string, unknown>) =>
      signDocument({ ...(JSON.parse(document) as object), ...change, key: forger.id }, privateKey);
    const events = rehashed();
    const last = events.findLast((line) => line.type === 'event');
    const text = textOf(
      events.flatMap((line): unknown[] => {
        if (line.type === 'key') return [{ ...line, ...forger }];
        if (line.type === 'end') return [];
        if (line.type !== 'checkpoint') return [line];
        const heads = [{ writer, sequence: 5, hash: last?.type === 'event' ? last.hash : '' }];
        const document = JSON.parse(line.document) as { digest: string };
        return [{ type: 'checkpoint', ...resign(line.document, { heads, digest: document.digest }) }];
      }),
    );
    // Even then the digest of the heads would have to be made anew; given the key, the first signature is enough.
    expect(check(text).isIntact).toBe(false);
    expect(check(text, parts.signer.key).firstBroken).toMatchObject({
      ...{ part: 'checkpoint', sequence: 1 },
      reason: 'It was not signed with the given key.',
    });
  });

  test('is broken by a line put in after the end, and by what is no line', () => {
    const text = textOf(lines);
    expect(check([...text, text[1] ?? '']).firstBroken).toMatchObject({ part: 'file' });
    expect(check(text.with(2, 'not json')).firstBroken).toMatchObject({ part: 'file', line: 3 });
    expect(check([]).firstBroken).toMatchObject({ part: 'file', reason: 'The file is empty.' });
    expect(check(text.slice(1)).firstBroken).toMatchObject({ part: 'file', line: 1 });
  });

  test('of some events verifies by its end, and is broken when one is left out', async () => {
    await parts.audit.record({ kind: 'grant.revoked', actorId: null, data: {} });
    await write(1);
    const some = textOf(await exported({ kind: 'table.looked_at' }));
    expect(check(some)).toMatchObject({ isIntact: true, isWhole: false, events: 5 });
    const out = check(some.toSpliced(4, 1));
    expect(out.firstBroken).toMatchObject({
      reason: expect.stringMatching(/not those that were signed|does not link/),
    });
  });

  test('as a live stream brings what happens, and ends when the right is lost', async () => {
    const life = new AbortController();
    const stream = new AuditExport(parts, {}, { ...reader, signal: life.signal }).lines(true);
    const seen: AuditExportLine[] = [];
    await parts.audit.record({ kind: 'before.it', actorId: null, data: {} });
    for await (const line of stream) {
      seen.push(line);
      if (line.type === 'event' && line.kind === 'before.it') {
        await parts.audit.record({ kind: 'while.it', actorId: null, data: {} });
      }
      if (line.type === 'event' && line.kind === 'while.it') await parts.checkpoints.makeFull();
      if (line.type === 'checkpoint' && seen.some((one) => one.type === 'event' && one.kind === 'while.it'))
        life.abort();
    }
    const found = check(textOf(seen));
    expect(found).toMatchObject({ isIntact: true, hasEnd: false, checkpoints: 2 });
    expect(seen.filter((line) => line.type === 'event').map((line) => line.kind)).toContain('while.it');
  });
});

describe('the verifier command', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidegate-verify-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const command = join(import.meta.dirname, '../../main/verify-audit.ts');
  const run = (...args: string[]) =>
    new Promise<{ code: number; out: string }>((resolve) => {
      execFile(process.execPath, [command, ...args], (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), out: stdout + stderr });
      });
    });

  test('says intact or names the first broken link, and by which key', async () => {
    await write(3);
    const lines = textOf(await exported());
    const file = join(folder, 'record.jsonl');
    const keyFile = join(folder, 'key.pem');
    await writeFile(file, `${lines.join('\n')}\n`);
    await writeFile(keyFile, parts.signer.key.publicKey);
    const embedded = await run(file);
    expect(embedded).toMatchObject({ code: 0, out: expect.stringContaining('INTACT') });
    expect(embedded.out).toContain(`the key in the file (${parts.signer.key.id})`);
    expect((await run(file, '--key', keyFile)).out).toContain(`the given key ${parts.signer.key.id}`);
    const other = publicKeyOf(generateKeyPairSync('ed25519').publicKey).publicKey;
    expect(await run('--key', other, file)).toMatchObject({
      code: 1,
      out: expect.stringContaining('not signed with the given key'),
    });
    await writeFile(file, (await readFile(file, 'utf8')).replace('table 1', 'table 9'));
    const writer = await writerOf();
    expect(await run(file)).toMatchObject({ code: 1, out: expect.stringContaining(`BROKEN at event 3 of ${writer}`) });
  });

  test('says what is wrong with how it was called', async () => {
    expect(await run()).toMatchObject({ code: 2, out: expect.stringContaining('npm run verify-audit') });
    expect(await run(join(folder, 'nothing'))).toMatchObject({
      code: 2,
      out: expect.stringContaining('could not be read'),
    });
    expect(await run('x', '--key', 'nonsense')).toMatchObject({
      code: 2,
      out: expect.stringContaining('neither a file'),
    });
  });
});
