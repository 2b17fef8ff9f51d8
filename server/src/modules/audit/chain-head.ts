import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** The last event of a chain, as somebody saw it. */
export interface ChainHead {
  readonly writer: string;
  readonly sequence: number;
  readonly hash: string;
}

/** One value for the heads of all chains. */
export function digestOfHeads(heads: Iterable<ChainHead>): string {
  const sorted = [...heads]
    .map(({ writer, sequence, hash }) => ({ writer, sequence, hash }))
    .sort((left, right) => (left.writer < right.writer ? -1 : 1));
  return createHash('sha256').update(canonicalJson(sorted), 'utf8').digest('hex');
}
