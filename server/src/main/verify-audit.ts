import { createPublicKey } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { type ExportVerdict, ExportVerifier } from '../modules/audit/export-verifier.ts';
import { type PublicKey, publicKeyOf, toKeyObject } from '../modules/audit/signed-document.ts';

/**
 * `npm run verify-audit -- FILE [--key KEY]`: checks an exported record with neither server nor store. KEY is the public
 * key that was kept elsewhere: a PEM file, or its base64. Exit code 0: intact; 1: broken; 2: it could not be checked.
 */
const usage = 'Use: npm run verify-audit -- FILE [--key KEY]   (KEY: a PEM file, or the public key as base64)';

async function main(args: readonly string[]): Promise<number> {
  const at = args.indexOf('--key');
  const keyText = at === -1 ? null : (args[at + 1] ?? '');
  const [file, ...more] = args.filter((_arg, index) => at === -1 || (index !== at && index !== at + 1));
  if (file === undefined || more.length > 0 || keyText === '') return fail(usage);
  const key = keyText === null ? null : await readKey(keyText);
  if (key === undefined) return fail(`--key ${keyText} is neither a file with an Ed25519 public key nor such a key.`);
  const verifier = new ExportVerifier(key);
  try {
    for await (const line of linesOf(file)) verifier.see(line);
  } catch (error) {
    return fail(`${file} could not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const verdict = verifier.finish();
  for (const line of describe(verdict, key)) console.log(line);
  return verdict.isIntact ? 0 : 1;
}

function fail(words: string): number {
  console.error(words);
  return 2;
}

/** Undefined for what is no such key. */
async function readKey(text: string): Promise<PublicKey | undefined> {
  const content = await readFile(text, 'utf8').catch(() => text);
  try {
    const isPem = content.includes('-----BEGIN');
    return publicKeyOf(isPem ? toKeyObject(derOf(content)) : toKeyObject(content.trim()));
  } catch {
    return undefined;
  }
}

function derOf(pem: string): string {
  return createPublicKey(pem).export({ format: 'der', type: 'spki' }).toString('base64');
}

/** At line feeds alone: other characters that some readers break lines at stand inside of values. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of createReadStream(file)) {
    const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}

function describe(verdict: ExportVerdict, key: PublicKey | null): string[] {
  const { events, chains, checkpoints, anchors, keyIds, isWhole, hasEnd, firstBroken } = verdict;
  const lines = [
    `${counted(events, 'event')} of ${counted(chains, 'chain')}, ${counted(checkpoints, 'checkpoint')}, ${counted(anchors, 'anchor')}.`,
    key === null
      ? `Signatures checked with the key in the file (${keyIds.join(', ') || 'none'}): compare it with the one you kept, or give it by --key.`
      : `Signatures checked with the given key ${key.id}.`,
  ];
  if (!isWhole) lines.push('A selection: events that the filters left out are not here to be checked.');
  if (!hasEnd)
    lines.push('No end: a live stream, or a file that was cut; only what a checkpoint vouches for cannot be missing.');
  if (firstBroken === null) return [...lines, 'INTACT: every link and every signature holds.'];
  const { part, writer, sequence, reason, line } = firstBroken;
  const where = {
    event: `event ${sequence} of ${writer}`,
    anchor: `the anchor of ${writer}`,
    checkpoint: `checkpoint ${sequence}`,
    file: 'the file',
  };
  return [...lines, `BROKEN at ${where[part]} (line ${line}): ${reason}`];
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

process.exitCode = await main(process.argv.slice(2));
