import { riskAttributes } from './risk-attributes.ts';
import type { Sentence, SentenceGroup, SentenceOperator, SentenceTest } from './risk-sentence-words.ts';

type Token =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name' | 'sign'; readonly value: string };

/** The condition is not of the part that has sentences. Never leaves this file. */
class NoSentence extends Error {}

const deepest = 40;

/** Reads the part of CEL that has sentences; null for everything else, wrong or not. */
export function parseSentence(condition: string): Sentence | null {
  try {
    return new SentenceParser(tokensOf(condition)).whole();
  } catch (error) {
    if (error instanceof NoSentence) return null;
    throw error;
  }
}

const pattern =
  /\s+|("(?:[^"\\\n]|\\.)*")|(-?\d+(?![\w.]))|([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(&&|\|\||[=!<>]=|[!<>()[\],.])/gy;

function tokensOf(condition: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (const match of condition.matchAll(pattern)) {
    at = match.index + match[0].length;
    const [, text, number, name, sign] = match;
    if (text !== undefined) tokens.push({ kind: 'text', value: unquoted(text) });
    if (number !== undefined) tokens.push({ kind: 'number', value: safeNumber(number) });
    if (name !== undefined) tokens.push({ kind: 'name', value: name });
    if (sign !== undefined) tokens.push({ kind: 'sign', value: sign });
  }
  if (at !== condition.length) throw new NoSentence();
  return tokens;
}

function unquoted(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string' && value.isWellFormed()) return value;
  } catch {
    // An escape that JSON does not know: the text stays CEL.
  }
  throw new NoSentence();
}

function safeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new NoSentence();
  return value;
}

const attributes = new Map(riskAttributes.map((attribute) => [attribute.name, attribute]));
const methods = new Set(['contains', 'startsWith', 'endsWith', 'exists', 'all']);
const opposites: ReadonlyMap<SentenceOperator, SentenceOperator> = new Map([
  ['is one of', 'is none of'],
  ['contains', 'does not contain'],
  ['holds', 'does not hold'],
  ['include', 'do not include'],
  ['include one of', 'include none of'],
]);
const comparisons: Readonly<Record<string, Readonly<Record<string, SentenceOperator>>>> = {
  text: { '==': 'is', '!=': 'is not' },
  time: { '<': 'is before', '>=': 'is at or after' },
  number: {
    '==': 'equals',
    '!=': 'differs from',
    '<': 'is less than',
    '<=': 'is at most',
    '>': 'is more than',
    '>=': 'is at least',
  },
};
const textMethods: Readonly<Record<string, SentenceOperator>> = {
  contains: 'contains',
  startsWith: 'starts with',
  endsWith: 'ends with',
};
const elementMethods: Readonly<Record<string, SentenceOperator>> = {
  contains: 'include one containing',
  startsWith: 'include one starting with',
  endsWith: 'include one ending with',
};

class SentenceParser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Sentence {
    const sentence = this.#joined('any');
    if (this.#at !== this.#tokens.length) throw new NoSentence();
    return sentence;
  }

  #joined(kind: SentenceGroup['kind']): Sentence {
    const parts: Sentence[] = [];
    do {
      const part = kind === 'any' ? this.#joined('all') : this.#part();
      parts.push(...(part.kind === kind ? part.parts : [part]));
    } while (this.#takes(kind === 'any' ? '||' : '&&'));
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind, parts };
  }

  #part(): Sentence {
    if (this.#takes('!')) return opposite(this.#part());
    if (!this.#takes('(')) return this.#test();
    this.#depth += 1;
    if (this.#depth > deepest) throw new NoSentence();
    const inner = this.#joined('any');
    this.#expect(')');
    this.#depth -= 1;
    return inner;
  }

  #test(): Sentence {
    const token = this.#next();
    if (token.kind === 'text') {
      this.#expectName('in');
      const name = this.#next();
      if (name.kind !== 'name' || attributes.get(name.value)?.type !== 'list') throw new NoSentence();
      return { kind: 'test', attribute: name.value, operator: 'include', value: token.value };
    }
    if (token.kind !== 'name') throw new NoSentence();
    if (token.value === 'true') return { kind: 'always' };
    return this.#about(token.value);
  }

  /** A test that begins with an attribute, perhaps with a method after it. */
  #about(path: string): SentenceTest {
    const dot = path.lastIndexOf('.');
    const method = path.slice(dot + 1);
    if (!attributes.has(path) && methods.has(method)) return this.#method(path.slice(0, dot), method);
    const type = attributes.get(path)?.type;
    if (type === undefined) throw new NoSentence();
    const test = (operator: SentenceOperator, value: SentenceTest['value']): SentenceTest => ({
      kind: 'test',
      attribute: path,
      operator,
      value,
    });
    if (type === 'flag') return test('holds', null);
    if (type === 'text' && this.#takesName('in')) return test('is one of', this.#texts());
    const sign = this.#next();
    const operator = sign.kind === 'sign' ? comparisons[type]?.[sign.value] : undefined;
    const value = this.#next();
    if (operator === undefined || value.kind !== (type === 'number' ? 'number' : 'text')) throw new NoSentence();
    return test(operator, value.value);
  }

  #method(attribute: string, method: string): SentenceTest {
    const type = attributes.get(attribute)?.type;
    this.#expect('(');
    if (type === 'text' && textMethods[method] !== undefined) {
      const value = this.#text();
      this.#expect(')');
      return { kind: 'test', attribute, operator: textMethods[method], value };
    }
    if (type !== 'list') throw new NoSentence();
    const test = this.#element(method);
    this.#expect(')');
    return { kind: 'test', attribute, ...test };
  }

  /** `one, one in ["a"]` or `one, one.startsWith("a")`, whatever the element is called. */
  #element(method: string): Pick<SentenceTest, 'operator' | 'value'> {
    const variable = this.#next();
    this.#expect(',');
    const subject = this.#next();
    if (variable.kind !== 'name' || variable.value.includes('.') || subject.kind !== 'name') throw new NoSentence();
    if (subject.value === variable.value) {
      this.#expectName('in');
      return { operator: method === 'exists' ? 'include one of' : 'are all among', value: this.#texts() };
    }
    const operator = elementMethods[subject.value.slice(variable.value.length + 1)];
    const isOfElement = subject.value.startsWith(`${variable.value}.`);
    if (!isOfElement || operator === undefined || method !== 'exists') throw new NoSentence();
    this.#expect('(');
    const value = this.#text();
    this.#expect(')');
    return { operator, value };
  }

  #texts(): string[] {
    this.#expect('[');
    const texts: string[] = [];
    do texts.push(this.#text());
    while (this.#takes(','));
    this.#expect(']');
    return texts;
  }

  #text(): string {
    const token = this.#next();
    if (token.kind !== 'text') throw new NoSentence();
    return token.value;
  }

  #next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new NoSentence();
    this.#at += 1;
    return token;
  }

  #takes(value: string, kind: Token['kind'] = 'sign'): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind || token.value !== value) return false;
    this.#at += 1;
    return true;
  }

  #takesName(value: string): boolean {
    return this.#takes(value, 'name');
  }

  #expect(value: string): void {
    if (!this.#takes(value)) throw new NoSentence();
  }

  #expectName(value: string): void {
    if (!this.#takes(value, 'name')) throw new NoSentence();
  }
}

function opposite(sentence: Sentence): Sentence {
  const operator = sentence.kind === 'test' ? opposites.get(sentence.operator) : undefined;
  if (sentence.kind !== 'test' || operator === undefined) throw new NoSentence();
  return { ...sentence, operator };
}
