import { type AuditContent, type AuditLink, eventHash, genesisHash } from './audit-hash.ts';
import type { ChainHead } from './chain-head.ts';

export type RecordedEvent = AuditContent & AuditLink & { readonly hash: string };

/** Where the record is not what it was, and why. */
export interface BrokenLink {
  /** `checkpoint`: then `sequence` is its number and there is no writer. */
  readonly part: 'event' | 'anchor' | 'checkpoint' | 'file';
  readonly writer: string;
  readonly sequence: number;
  readonly reason: string;
}

/** What somebody vouches for: that an event of a chain had this hash. */
export interface Vouched {
  readonly hash: string;
  readonly by: string;
}

/** What is vouched for, by chain and place. */
export class VouchedHeads {
  readonly #byWriter = new Map<string, Map<number, Vouched>>();

  add({ writer, sequence, hash }: ChainHead, by: string): void {
    const places = this.#byWriter.get(writer) ?? new Map<number, Vouched>();
    // Two who vouch for different events at one place: the first stays, and the event is unlike one of them.
    const known = places.get(sequence);
    if (known === undefined) places.set(sequence, { hash, by });
    else if (known.hash !== hash)
      places.set(sequence, { hash: `${known.hash} and ${hash}`, by: `${known.by} and ${by}` });
    this.#byWriter.set(writer, places);
  }

  of(writer: string): ReadonlyMap<number, Vouched> {
    return this.#byWriter.get(writer) ?? new Map();
  }

  get writers(): readonly string[] {
    return [...this.#byWriter.keys()];
  }
}

/** Walks over the events of one chain in their order and finds the first link that does not hold. */
export class ChainWalk {
  readonly #writer: string;
  readonly #vouched: ReadonlyMap<number, Vouched>;
  readonly #allowsGaps: boolean;
  #last: { readonly sequence: number; readonly hash: string };
  events = 0;

  /**
   * `begin`: the event before the first that is there; null where the chain has its beginning. With gaps allowed an event
   * links only to the one right before it.
   */
  constructor(
    writer: string,
    begin: ChainHead | null,
    vouched: ReadonlyMap<number, Vouched>,
    { allowsGaps = false }: { readonly allowsGaps?: boolean } = {},
  ) {
    this.#writer = writer;
    this.#allowsGaps = allowsGaps;
    this.#vouched = vouched;
    this.#last = begin ?? { sequence: 0, hash: genesisHash };
  }

  get last(): { readonly sequence: number; readonly hash: string } {
    return this.#last;
  }

  see(event: RecordedEvent): BrokenLink | null {
    const { sequence, hash } = event;
    const expected = this.#last.sequence + 1;
    if (sequence > expected && !this.#allowsGaps) return this.#broken(expected, 'This event is missing.');
    if (sequence < expected) return this.#broken(sequence, 'This event is out of its order.');
    if (sequence === expected && event.previousHash !== this.#last.hash) {
      return this.#broken(sequence, 'It does not link to the event before it.');
    }
    if (eventHash(event, event) !== hash) return this.#broken(sequence, 'Its content is not what was recorded.');
    const vouched = this.#vouched.get(sequence);
    if (vouched !== undefined && vouched.hash !== hash) {
      return this.#broken(sequence, `${vouched.by} vouches for another event here: the chain was rewritten.`);
    }
    this.#last = { sequence, hash };
    this.events += 1;
    return null;
  }

  /** After the last event: whether somebody knows of more. */
  end(): BrokenLink | null {
    const known = [...this.#vouched].filter(([sequence]) => sequence > this.#last.sequence);
    const farthest = known.toSorted(([left], [right]) => right - left)[0];
    if (farthest === undefined) return null;
    const [sequence, { by }] = farthest;
    const from = this.#last.sequence + 1;
    return this.#broken(from, `The events from here to ${sequence} are missing; ${by} vouches for them.`);
  }

  #broken(sequence: number, reason: string): BrokenLink {
    return { part: 'event', writer: this.#writer, sequence, reason };
  }
}
