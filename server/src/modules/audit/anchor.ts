import { parseObject } from './checkpoint.ts';

export const anchorKind = 'tidegate.anchor';

/** The last event of removed segments of a chain: what is left begins after it. */
export interface Anchor {
  readonly writer: string;
  readonly sequence: number;
  readonly hash: string;
  readonly at: string;
  /** How many events were removed. */
  readonly removed: number;
  /** The checkpoint that closed the last removed segment. */
  readonly checkpoint: number;
  readonly keyId: string;
}

export function parseAnchor(document: string): Anchor | null {
  const content = parseObject(document);
  if (content === null || content['kind'] !== anchorKind) return null;
  const { writer, sequence, hash, at, removed, checkpoint, key } = content;
  if (typeof writer !== 'string' || typeof sequence !== 'number' || typeof hash !== 'string') return null;
  return {
    writer,
    sequence,
    hash,
    at: String(at),
    removed: Number(removed),
    checkpoint: Number(checkpoint),
    keyId: String(key),
  };
}
