import { createHash } from 'node:crypto';
import { type Anchor, parseAnchor } from './anchor.ts';
import { type BrokenLink, ChainWalk, type RecordedEvent, VouchedHeads } from './chain-walk.ts';
import { CheckpointWalk, parseCheckpoint, parseObject } from './checkpoint.ts';
import { type PublicKey, publicKeyOf, type SignedDocument, signatureFault, toKeyObject } from './signed-document.ts';

/** What an exported file turned out to be. */
export interface ExportVerdict {
  readonly isIntact: boolean;
  /** The whole record, or what filters left of it: then nobody can see what was left out of it before it was signed. */
  readonly isWhole: boolean;
  readonly hasEnd: boolean;
  readonly events: number;
  readonly chains: number;
  readonly checkpoints: number;
  readonly anchors: number;
  /** Keys by which something was signed. */
  readonly keyIds: readonly string[];
  readonly firstBroken: (BrokenLink & { readonly line: number }) | null;
}

type Line = Readonly<Record<string, unknown>>;

/**
 * Checks an exported record line by line, with nothing but the file and perhaps a key that was kept elsewhere. With a key
 * given, only what this key has signed counts; without one the keys in the file are believed, which proves that the file
 * was not changed by somebody who could not sign anew.
 */
export class ExportVerifier {
  readonly #given: PublicKey | null;
  readonly #keys = new Map<string, PublicKey>();
  readonly #anchors = new Map<string, Anchor>();
  readonly #vouched = new VouchedHeads();
  readonly #checkpoints = new CheckpointWalk();
  readonly #chains = new Map<string, ChainWalk>();
  /** Hashes since the last checkpoint, for one that comes after its events. */
  readonly #recent = new Map<string, string>();
  readonly #usedKeys = new Set<string>();
  readonly #sum = createHash('sha256');
  #line = 0;
  #events = 0;
  #checkpointCount = 0;
  #isWhole = true;
  #follows = false;
  #hasEnd = false;
  #firstBroken: ExportVerdict['firstBroken'] = null;

  constructor(given: PublicKey | null) {
    this.#given = given;
    if (given !== null) this.#keys.set(given.id, given);
  }

  /** One line without its line break. After the first broken link the rest is only counted. */
  see(text: string): void {
    this.#line += 1;
    const line = parseObject(text);
    if (line === null) this.#refuse('This line is not JSON: it was changed or cut.');
    else if (this.#hasEnd) this.#refuse('Something follows after the end.');
    else if ((this.#line === 1) !== (line['type'] === 'export')) {
      this.#refuse('An exported record begins with its first line, once.');
    } else this.#take(line);
    this.#sum.update(`${text}\n`, 'utf8');
  }

  /** After the last line. */
  finish(): ExportVerdict {
    if (this.#line === 0) this.#refuse('The file is empty.');
    if (this.#isWhole && this.#firstBroken === null) this.#findMissing();
    if (!this.#hasEnd && !this.#follows) this.#refuse('The end is missing: the file was cut.');
    return {
      isIntact: this.#firstBroken === null,
      isWhole: this.#isWhole,
      hasEnd: this.#hasEnd,
      events: this.#events,
      chains: this.#chains.size,
      checkpoints: this.#checkpointCount,
      anchors: this.#anchors.size,
      keyIds: [...this.#usedKeys],
      firstBroken: this.#firstBroken,
    };
  }

  #take(line: Line): void {
    const type = line['type'];
    if (type === 'export') {
      this.#isWhole = line['isWhole'] === true;
      this.#follows = line['follows'] === true;
    } else if (type === 'key') this.#takeKey(line);
    else if (type === 'anchor') this.#takeAnchor(signedIn(line));
    else if (type === 'checkpoint') this.#takeCheckpoint(signedIn(line));
    else if (type === 'event') this.#takeEvent(line as unknown as RecordedEvent);
    else if (type === 'end') this.#takeEnd(signedIn(line));
    else this.#refuse('Nobody knows lines of this type.');
  }

  #takeKey(line: Line): void {
    if (this.#given !== null) return;
    try {
      const key = publicKeyOf(toKeyObject(String(line['publicKey'])));
      if (key.id !== line['id']) this.#refuse('The key is not the one that it says.');
      else this.#keys.set(key.id, key);
    } catch {
      this.#refuse('The key cannot be read.');
    }
  }

  #takeAnchor(signed: SignedDocument): void {
    const anchor = parseAnchor(signed.document);
    const fault = this.#signatureFault(signed, anchor?.keyId);
    if (anchor === null || fault !== null) {
      this.#refuse(fault ?? 'It is no anchor.', 'anchor', anchor?.writer, anchor?.sequence);
      return;
    }
    this.#anchors.set(anchor.writer, anchor);
  }

  #takeCheckpoint(signed: SignedDocument): void {
    const checkpoint = parseCheckpoint(signed.document);
    const fault =
      this.#signatureFault(signed, checkpoint?.keyId) ?? (checkpoint && this.#checkpoints.see(checkpoint, signed));
    if (checkpoint === null || fault !== null) {
      this.#refuse(fault ?? 'It is no checkpoint.', 'checkpoint', '', checkpoint?.number);
      return;
    }
    this.#checkpointCount += 1;
    for (const head of checkpoint.heads) {
      const by = `Checkpoint ${checkpoint.number}`;
      const seen = this.#recent.get(`${head.writer}.${head.sequence}`);
      if (seen !== undefined && seen !== head.hash) {
        this.#refuse(`${by} vouches for another event here.`, 'event', head.writer, head.sequence);
      }
      this.#vouched.add(head, by);
    }
    this.#recent.clear();
  }

  #takeEvent(event: RecordedEvent): void {
    this.#events += 1;
    const { writer, sequence, hash } = event;
    const walk = this.#chains.get(writer) ?? this.#beginChain(event);
    this.#chains.set(writer, walk);
    const broken = walk.see(event);
    if (broken !== null) this.#refuse(broken.reason, broken.part, writer, broken.sequence);
    if (this.#follows) this.#recent.set(`${writer}.${sequence}`, hash);
  }

  /** Where filters left gaps an event stands for itself, unless the one before it is there too. */
  #beginChain(event: RecordedEvent): ChainWalk {
    const vouched = this.#vouched.of(event.writer);
    if (this.#isWhole) return new ChainWalk(event.writer, this.#anchors.get(event.writer) ?? null, vouched);
    return new ChainWalk(event.writer, null, vouched, { allowsGaps: true });
  }

  #takeEnd(signed: SignedDocument): void {
    const content = parseObject(signed.document);
    const fault = this.#signatureFault(signed, String(content?.['key']));
    if (fault !== null) {
      this.#refuse(fault);
      return;
    }
    this.#hasEnd = true;
    if (content?.['kind'] !== 'tidegate.export' || content['sha256'] !== this.#sum.copy().digest('hex')) {
      this.#refuse('The lines before it are not those that were signed: one was changed, left out or added.');
    }
  }

  /** What checkpoints vouch for and the file does not have. */
  #findMissing(): void {
    for (const writer of this.#vouched.writers) {
      const anchor = this.#anchors.get(writer) ?? null;
      const walk = this.#chains.get(writer) ?? new ChainWalk(writer, anchor, this.#vouched.of(writer));
      const broken = walk.end();
      if (broken !== null) {
        this.#refuse(broken.reason, broken.part, writer, broken.sequence);
        return;
      }
    }
  }

  #signatureFault(signed: SignedDocument, keyId: string | undefined): string | null {
    const key = keyId === undefined ? undefined : this.#keys.get(keyId);
    if (key === undefined && this.#given !== null) return 'It was not signed with the given key.';
    const fault = signatureFault(signed, key);
    if (fault === null && key !== undefined) this.#usedKeys.add(key.id);
    return fault;
  }

  #refuse(reason: string, part: BrokenLink['part'] = 'file', writer = '', sequence = 0): void {
    this.#firstBroken ??= { part, writer, sequence, reason, line: this.#line };
  }
}

function signedIn(line: Line): SignedDocument {
  return { document: String(line['document']), signature: String(line['signature']) };
}
