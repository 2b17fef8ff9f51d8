/** One node of the tree that the server's grammar makes. Its fields are JSON; nothing about them is trusted. */
export type PgNode = { readonly [field: string]: unknown };

export function isNode(value: unknown): value is PgNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Nodes of a field that holds one node, a list of them, or nothing. */
export function nodesIn(value: unknown): readonly PgNode[] {
  if (Array.isArray(value)) return value.filter(isNode);
  return isNode(value) ? [value] : [];
}

/** A wrapped node is an object with one key, its type: `{ "RangeVar": { … } }`. An empty object is an absent node. */
export function unwrap(node: PgNode): { readonly type: string; readonly fields: PgNode } | null {
  for (const type in node) {
    const fields = node[type];
    return { type, fields: isNode(fields) ? fields : {} };
  }
  return null;
}

export function fieldNode(node: PgNode, field: string): PgNode | null {
  const value = node[field];
  return isNode(value) ? value : null;
}

export function fieldText(node: PgNode, field: string): string | null {
  const value = node[field];
  return typeof value === 'string' && value !== '' ? value : null;
}

export function fieldNumber(node: PgNode, field: string): number {
  const value = node[field];
  return typeof value === 'number' ? value : 0;
}

/** Texts of a list of String nodes, such as the parts of a qualified name. */
export function nameParts(value: unknown): string[] {
  return nodesIn(value).map((node) => {
    const text = fieldNode(node, 'String');
    return text === null ? '' : (fieldText(text, 'sval') ?? '');
  });
}
