// The Emscripten factory behind libpg-query. The package's own entry shares one instance for ever; the factory
// makes a new one after a failure that left the old one in an unknown state.
declare module 'libpg-query/wasm/libpg-query.js' {
  export interface PgQueryEngine {
    lengthBytesUTF8(text: string): number;
    stringToUTF8(text: string, pointer: number, capacity: number): void;
    UTF8ToString(pointer: number): string;
    getValue(pointer: number, type: 'i32'): number;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    _wasm_parse_query_raw(query: number): number;
    _wasm_free_parse_result(result: number): void;
  }
  const createEngine: () => Promise<PgQueryEngine>;
  export default createEngine;
}
