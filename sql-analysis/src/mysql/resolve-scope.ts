import type { Lexeme } from './lexemes.ts';
import { nameOf, readChain } from './lexemes.ts';
import type { QueryScope, TableMention } from './query-scope.ts';

/** A relation that a query names, as opposed to a CTE. */
export interface BaseTable {
  readonly mention: TableMention;
  readonly schema: string | null;
  readonly name: string;
  readonly last: number;
  /** The query that names it. */
  readonly scope: QueryScope;
}

export interface ResolvedScope {
  readonly tables: readonly BaseTable[];
  /** Mentions that a CTE answers. */
  readonly cteMentions: ReadonlySet<number>;
  readonly doubts: readonly string[];
}

interface Visible {
  readonly names: readonly string[];
  readonly outer: Visible | null;
}

/** Tells relations from CTEs by the server's rules of visibility. */
export function resolveScope(root: QueryScope, lexemes: readonly Lexeme[]): ResolvedScope {
  const walk = new ScopeWalk(lexemes);
  walk.walk(root, null, null);
  return { tables: walk.tables, cteMentions: walk.cteMentions, doubts: walk.doubts };
}

class ScopeWalk {
  readonly tables: BaseTable[] = [];
  readonly cteMentions = new Set<number>();
  readonly doubts: string[] = [];
  private readonly lexemes: readonly Lexeme[];

  constructor(lexemes: readonly Lexeme[]) {
    this.lexemes = lexemes;
  }

  /** `later` holds the names of CTEs that stand further on in the same WITH: the two servers differ there. */
  walk(scope: QueryScope, outer: Visible | null, later: ReadonlySet<string> | null): void {
    const names = scope.ctes.map((cte) => this.nameAt(cte.name));
    for (const [index, cte] of scope.ctes.entries()) {
      const seen = names.slice(0, scope.recursive ? index + 1 : index);
      this.walk(cte.body, { names: seen, outer }, new Set([...(later ?? []), ...names.slice(index + 1)]));
    }
    const visible = names.length === 0 ? outer : { names, outer };
    for (const mention of scope.tables) this.resolve(mention, scope, visible, later);
    for (const child of scope.children) this.walk(child, visible, later);
  }

  private resolve(
    mention: TableMention,
    scope: QueryScope,
    visible: Visible | null,
    later: ReadonlySet<string> | null,
  ): void {
    const chain = readChain(this.lexemes, mention.first);
    const [first = '', second, third] = chain?.parts ?? [];
    if (chain === null || third !== undefined) {
      this.doubts.push('A table is named in a way that is not understood.');
      return;
    }
    if (second !== undefined) {
      this.tables.push({ mention, schema: first, name: second, last: chain.last, scope });
      return;
    }
    if (this.lexemes[mention.first]?.word === 'DUAL') return;
    const cte = findCte(visible, first);
    if (cte === first) {
      this.cteMentions.add(mention.first);
      return;
    }
    if (cte !== null || hasIgnoringCase(later, first)) {
      this.doubts.push(`Whether ${first} is a table or a WITH query depends on the server.`);
    }
    this.tables.push({ mention, schema: null, name: first, last: chain.last, scope });
  }

  private nameAt(index: number): string {
    const lexeme = this.lexemes[index];
    return lexeme === undefined ? '' : nameOf(lexeme);
  }
}

/** The CTE of this name: exactly written, or, if there is only such a one, in other case. */
function findCte(visible: Visible | null, name: string): string | null {
  for (let at = visible; at !== null; at = at.outer) {
    if (at.names.includes(name)) return name;
    const similar = at.names.find((other) => other.toLowerCase() === name.toLowerCase());
    if (similar !== undefined) return similar;
  }
  return null;
}

function hasIgnoringCase(names: ReadonlySet<string> | null, name: string): boolean {
  return names !== null && [...names].some((other) => other.toLowerCase() === name.toLowerCase());
}
