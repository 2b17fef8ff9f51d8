import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditExportLine } from '@tidegate/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AuditExport } from './audit-export.ts';
import { eventHash } from './audit-hash.ts';
import { EvidenceWorld, textOf } from './evidence-test-kit.ts';
import { ExportVerifier } from './export-verifier.ts';
import { publicKeyOf, signDocument } from './signed-document.ts';

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

describe('an exported record', () => {
  let lines: AuditExportLine[];
  let writer: string;

  beforeEach(async () => {
    await world.write(4);
    lines = await world.exported();
    writer = await world.writer();
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
    expect(check(textOf(lines), world.parts.signer.key)).toMatchObject({
      ...intact,
      keyIds: [world.parts.signer.key.id],
    });
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
    expect(check(text, world.parts.signer.key).firstBroken).toMatchObject({
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
    await world.parts.audit.record({ kind: 'grant.revoked', actorId: null, data: {} });
    await world.write(1);
    const some = textOf(await world.exported({ kind: 'table.looked_at' }));
    expect(check(some)).toMatchObject({ isIntact: true, isWhole: false, events: 5 });
    const out = check(some.toSpliced(4, 1));
    expect(out.firstBroken).toMatchObject({
      reason: expect.stringMatching(/not those that were signed|does not link/),
    });
  });

  test('as a live stream brings what happens, and ends when the right is lost', async () => {
    const life = new AbortController();
    const stream = new AuditExport(world.parts, {}, { ...world.reader, signal: life.signal }).lines(true);
    const seen: AuditExportLine[] = [];
    await world.parts.audit.record({ kind: 'before.it', actorId: null, data: {} });
    for await (const line of stream) {
      seen.push(line);
      if (line.type === 'event' && line.kind === 'before.it') {
        await world.parts.audit.record({ kind: 'while.it', actorId: null, data: {} });
      }
      if (line.type === 'event' && line.kind === 'while.it') await world.parts.checkpoints.makeFull();
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
    await world.write(3);
    const lines = textOf(await world.exported());
    const file = join(folder, 'record.jsonl');
    const keyFile = join(folder, 'key.pem');
    await writeFile(file, `${lines.join('\n')}\n`);
    await writeFile(keyFile, world.parts.signer.key.publicKey);
    const embedded = await run(file);
    expect(embedded).toMatchObject({ code: 0, out: expect.stringContaining('INTACT') });
    expect(embedded.out).toContain(`the key in the file (${world.parts.signer.key.id})`);
    expect((await run(file, '--key', keyFile)).out).toContain(`the given key ${world.parts.signer.key.id}`);
    const other = publicKeyOf(generateKeyPairSync('ed25519').publicKey).publicKey;
    expect(await run('--key', other, file)).toMatchObject({
      code: 1,
      out: expect.stringContaining('not signed with the given key'),
    });
    await writeFile(file, (await readFile(file, 'utf8')).replace('table 1', 'table 9'));
    const writer = await world.writer();
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
