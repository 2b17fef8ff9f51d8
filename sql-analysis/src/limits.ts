/** Caps that hold before any parser sees a text. */
export const MAX_TEXT_BYTES = 100_000;
export const MAX_STATEMENTS = 200;
export const MAX_NESTING = 80;

export interface TextFault {
  readonly code: 'sql.too_long' | 'sql.invalid_text';
  readonly message: string;
  readonly position: number | null;
}

/**
 * Why a text must not reach a parser, or null. A NUL would end it silently inside libpg-query, and a lone
 * surrogate would reach the server as another character than the one that was checked.
 */
export function textFault(text: string): TextFault | null {
  if (text.length > MAX_TEXT_BYTES || (text.length * 3 > MAX_TEXT_BYTES && utf8Length(text) > MAX_TEXT_BYTES)) {
    return { code: 'sql.too_long', message: 'The text is longer than 100 kB.', position: null };
  }
  const nul = text.indexOf('\0');
  if (nul !== -1) {
    return { code: 'sql.invalid_text', message: 'The text holds a NUL character.', position: nul };
  }
  if (!text.isWellFormed()) {
    const position = text.search(/\p{Surrogate}/u);
    return { code: 'sql.invalid_text', message: 'The text holds half of a character (a lone surrogate).', position };
  }
  return null;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Each half of a surrogate pair counts 2 of the pair's 4 bytes.
    bytes += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3;
  }
  return bytes;
}
