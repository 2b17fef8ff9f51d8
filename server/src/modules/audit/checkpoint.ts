import { type ChainHead, digestOfHeads } from './chain-head.ts';
import { fingerprint, type SignedDocument } from './signed-document.ts';

export const checkpointKind = 'tidegate.checkpoint';

/** What the heads of all chains were at an instant. */
export interface Checkpoint {
  readonly number: number;
  readonly at: string;
  /** All heads, or those that have moved since the checkpoint before. */
  readonly isFull: boolean;
  readonly heads: readonly ChainHead[];
  /** How many chains there were, and the digest of all their heads. */
  readonly chains: number;
  readonly digest: string;
  /** The fingerprint of the checkpoint before; null for the first. */
  readonly previous: string | null;
  readonly keyId: string;
}

/** Null for what is no checkpoint. The signature is checked elsewhere, before anything here is believed. */
export function parseCheckpoint(document: string): Checkpoint | null {
  const content = parseObject(document);
  if (content === null || content['kind'] !== checkpointKind) return null;
  const { number, at, isFull, heads, chains, digest, previous, key } = content;
  if (typeof number !== 'number' || typeof at !== 'string' || !Array.isArray(heads)) return null;
  return {
    number,
    at,
    isFull: isFull === true,
    heads: heads as ChainHead[],
    chains: Number(chains),
    digest: String(digest),
    previous: typeof previous === 'string' ? previous : null,
    keyId: String(key),
  };
}

export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** Reads checkpoints in their order and knows the heads that they add up to. */
export class CheckpointWalk {
  /** The heads as of the last checkpoint, once a full one was seen. */
  readonly heads = new Map<string, ChainHead>();
  #last: { readonly number: number; readonly fingerprint: string } | null = null;
  #isWhole = false;

  /** Why the checkpoint does not follow from those before it, in words; null when it does. */
  see(checkpoint: Checkpoint, signed: SignedDocument): string | null {
    const { number, previous, isFull } = checkpoint;
    const last = this.#last;
    this.#last = { number, fingerprint: fingerprint(signed) };
    if (last !== null && number !== last.number + 1) return `Checkpoint ${last.number + 1} is missing.`;
    if (last !== null && previous !== last.fingerprint) return 'It does not follow from the checkpoint before it.';
    if (number === 1 && previous !== null) return 'It is not the first: something was before it.';
    this.#isWhole ||= isFull || number === 1;
    if (isFull) this.heads.clear();
    for (const head of checkpoint.heads) this.heads.set(head.writer, head);
    if (!this.#isWhole) return null;
    const isSame = checkpoint.chains === this.heads.size && checkpoint.digest === digestOfHeads(this.heads.values());
    return isSame ? null : 'The heads it speaks of are not the heads that it names.';
  }
}
