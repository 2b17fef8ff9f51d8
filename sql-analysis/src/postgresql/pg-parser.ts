/// <reference path="./libpg-query-module.d.ts" />
import createEngine, { type PgQueryEngine } from 'libpg-query/wasm/libpg-query.js';
import type { PgNode } from './pg-tree.ts';
import { isNode, nodesIn } from './pg-tree.ts';

export type PgParse =
  | { readonly ok: true; readonly statements: readonly PgNode[] }
  /** The grammar refuses the text, in the server's own words. */
  | { readonly ok: false; readonly message: string };

/** The server's own grammar (PostgreSQL 18) in WebAssembly. One instance; parsing is synchronous. */
export class PgParser {
  private engine: PgQueryEngine;

  private constructor(engine: PgQueryEngine) {
    this.engine = engine;
  }

  static async create(): Promise<PgParser> {
    return new PgParser(await createEngine());
  }

  /** Replaces the instance. Needed after parse() threw, because the C code was left in the middle of its work. */
  async renew(): Promise<void> {
    this.engine = await createEngine();
  }

  /**
   * Parses a text that textFault() let pass. Throws only when the engine itself failed (its stack ran out);
   * the caller must then renew().
   */
  parse(text: string): PgParse {
    const { engine } = this;
    const size = engine.lengthBytesUTF8(text) + 1;
    const query = engine._malloc(size);
    engine.stringToUTF8(text, query, size);
    const result = engine._wasm_parse_query_raw(query);
    try {
      // PgQueryParseResult: tree, captured stderr, error; PgQueryError begins with its message.
      const error = engine.getValue(result + 8, 'i32');
      if (error !== 0) return { ok: false, message: engine.UTF8ToString(engine.getValue(error, 'i32')) };
      return { ok: true, statements: statementsOf(engine.UTF8ToString(engine.getValue(result, 'i32'))) };
    } finally {
      engine._free(query);
      engine._wasm_free_parse_result(result);
    }
  }
}

function statementsOf(json: string): readonly PgNode[] {
  const tree: unknown = JSON.parse(json);
  if (!isNode(tree)) return [];
  return nodesIn(tree['stmts']).map((raw) => (isNode(raw['stmt']) ? raw['stmt'] : {}));
}
