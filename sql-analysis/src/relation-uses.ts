import type { RelationPrivilege, RelationUse, TextRange } from './analysis.ts';

/** Collects relation uses: one entry per schema, name and privilege, with every place that names it. */
export class RelationUses {
  private readonly byKey = new Map<string, { use: Omit<RelationUse, 'positions'>; positions: TextRange[] }>();

  add(schema: string | null, name: string, privilege: RelationPrivilege, position: TextRange): void {
    const key = JSON.stringify([schema, name, privilege]);
    const known = this.byKey.get(key);
    if (known === undefined) {
      this.byKey.set(key, { use: { schema, name, privilege }, positions: [position] });
    } else if (!known.positions.some((other) => other.start === position.start)) {
      known.positions.push(position);
    }
  }

  list(): RelationUse[] {
    return [...this.byKey.values()].map(({ use, positions }) => ({
      ...use,
      positions: positions.toSorted((a, b) => a.start - b.start),
    }));
  }
}
