import type { Token } from '../token.ts';
import { isSecretFunction, isSecretName } from './secret-words.ts';

/** Words that may stand between a name and its value. */
const linkWords: ReadonlySet<string> = new Set([
  'to',
  'by',
  'as',
  'in',
  'is',
  'like',
  'not',
  'using',
  'password',
  'value',
]);
/** Words that end what IDENTIFIED began: their literals are no secrets. */
const afterIdentified: ReadonlySet<string> = new Set(['require', 'account', 'comment', 'attribute', 'default']);
/** After these the name of a plugin stands, which may be a string. */
const beforePlugin: ReadonlySet<string> = new Set(['with', 'via', 'or']);

/**
 * Walks over the tokens of a statement and says of each literal whether it is a secret: the value of a secret name
 * (`PASSWORD '…'`, `password => '…'`), an argument of a function that takes one, or part of an IDENTIFIED clause.
 */
export class SecretWalk {
  readonly #text: string;
  #depth = 0;
  /** Literals are secrets until this many parentheses are open again; null: not inside such parentheses. */
  #untilDepth: number | null = null;
  #isIdentified = false;
  #isValueNext = false;
  #isFunctionName = false;
  #setPassword: 'no' | 'set' | 'name' | 'value' = 'no';
  #previous = '';

  constructor(text: string) {
    this.#text = text;
  }

  /** Whether the token is a secret. To be called for each, in order. */
  isSecret(token: Token): boolean {
    const text = this.#text.slice(token.start, token.end);
    switch (token.kind) {
      case 'string':
        return this.#literal();
      case 'number':
        return this.#isIdentified || /^0x/i.test(text) ? this.#literal() : this.#other();
      case 'word':
        this.#word(text);
        return false;
      case 'quoted':
        this.#name(text.replaceAll(/^u&|["`]/gi, ''));
        return false;
      case 'variable':
        this.#name(text.replaceAll(/[@`'"]/g, ''));
        return false;
      case 'semicolon':
        this.#forget();
        return false;
      default:
        this.#operator(text);
        return false;
    }
  }

  /** Literals in a row are one: what follows a secret stays a secret. */
  #literal(): boolean {
    if (this.#isIdentified) {
      const isPlugin = beforePlugin.has(this.#previous);
      this.#previous = '';
      return !isPlugin;
    }
    return this.#isValueNext || this.#untilDepth !== null || this.#setPassword === 'value';
  }

  #other(): false {
    this.#isValueNext = false;
    this.#isFunctionName = false;
    return false;
  }

  #word(text: string): void {
    const word = text.toLowerCase();
    if (word === 'identified') this.#isIdentified = true;
    else if (afterIdentified.has(word)) this.#isIdentified = false;
    if (this.#setPassword === 'set' && word === 'password') this.#setPassword = 'name';
    else if (word === 'set') this.#setPassword = 'set';
    // `_utf8'…'`: a character set before its string.
    const isLink = linkWords.has(word) || word.startsWith('_');
    if (!(this.#isValueNext && isLink)) this.#name(text);
    this.#previous = word;
  }

  #name(name: string): void {
    this.#isValueNext = isSecretName(name);
    this.#isFunctionName = this.#isValueNext || isSecretFunction(name);
  }

  #operator(text: string): void {
    if (text === '(') {
      this.#depth += 1;
      if (this.#isFunctionName || this.#isValueNext) this.#untilDepth ??= this.#depth - 1;
    } else if (text === ')') {
      this.#depth = Math.max(0, this.#depth - 1);
      if (this.#untilDepth !== null && this.#depth <= this.#untilDepth) this.#untilDepth = null;
      this.#isValueNext = false;
    } else if (text === ',') {
      this.#isIdentified = this.#isIdentified && this.#depth > 0;
      this.#isValueNext = false;
      this.#setPassword = 'no';
    } else if (text === '=' && this.#setPassword === 'name') this.#setPassword = 'value';
    else if (!/^[=:<>!~|]$/.test(text)) this.#isValueNext = false;
    this.#isFunctionName = false;
  }

  #forget(): void {
    this.#depth = 0;
    this.#untilDepth = null;
    this.#isIdentified = false;
    this.#isValueNext = false;
    this.#setPassword = 'no';
  }
}
