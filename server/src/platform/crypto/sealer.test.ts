import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSealer, parseSecretKeys, SealFault, Secret } from './index.ts';

const oldKey = randomBytes(32);
const newKey = randomBytes(32);
const purpose = 'instance:7:password';

test('any text comes back whole, and looks different each time it is sealed', () => {
  const sealer = createSealer([oldKey]);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (plain) => {
      const sealed = sealer.seal(plain, purpose);
      expect(sealer.open(sealed, purpose)).toBe(plain);
      expect(sealer.seal(plain, purpose)).not.toBe(sealed);
    }),
  );
});

test('a sealed password moved to another instance does not open', () => {
  const sealer = createSealer([oldKey]);
  const sealed = sealer.seal('s3cret', purpose);
  expect(() => sealer.open(sealed, 'instance:8:password')).toThrow(
    new SealFault('This sealed text was changed, or it was sealed for something else.'),
  );
});

test('no character of a sealed text can be changed unnoticed', () => {
  const sealer = createSealer([oldKey]);
  const sealed = sealer.seal('s3cret', purpose);
  for (let index = 0; index < sealed.length; index += 1) {
    const other = sealed[index] === 'A' ? 'B' : 'A';
    const changed = sealed.slice(0, index) + other + sealed.slice(index + 1);
    // The last character of a base64 group may carry bits that mean nothing.
    if (sameBytes(changed, sealed)) continue;
    expect(() => sealer.open(changed, purpose)).toThrow(SealFault);
  }
});

test('a new key seals, the old one still opens, and rewrapping makes the old one superfluous', () => {
  const sealed = createSealer([oldKey]).seal('s3cret', purpose);
  const both = createSealer([newKey, oldKey]);
  expect(both.isCurrent(sealed)).toBe(false);
  expect(both.open(sealed, purpose)).toBe('s3cret');
  const rewrapped = both.rewrap(sealed, purpose);
  expect(both.isCurrent(rewrapped)).toBe(true);
  expect(createSealer([newKey]).open(rewrapped, purpose)).toBe('s3cret');
  expect(() => createSealer([newKey]).open(sealed, purpose)).toThrow(/sealed with a key that is not here/);
});

test('two data keys wrapped for two records cannot be exchanged', () => {
  const sealer = createSealer([oldKey]);
  const [one, two] = [sealer.seal('one', 'a'), sealer.seal('two', 'b')].map((text) => text.split('.'));
  const mixed = [one?.[0], one?.[1], two?.[2], one?.[3]].join('.');
  expect(() => sealer.open(mixed, 'a')).toThrow(SealFault);
});

test('a secret never prints', () => {
  const secret = new Secret('hunter2');
  const printed = `${secret} ${JSON.stringify({ secret })} ${inspect({ secret }, { showHidden: true, depth: 9 })}`;
  expect(printed).not.toContain('hunter2');
  expect(secret.reveal()).toBe('hunter2');
});

test.each([
  '',
  'short',
  'a'.repeat(63),
  `${Buffer.alloc(32).toString('base64')},x`,
  Buffer.alloc(31).toString('base64'),
])('%j is not a key', (text) => {
  expect(parseSecretKeys(text)).toBeUndefined();
});

test('keys are taken as base64 of both alphabets and as hexadecimal', () => {
  const text = [oldKey.toString('base64'), oldKey.toString('base64url'), oldKey.toString('hex')].join(', ');
  expect(parseSecretKeys(text)).toEqual([oldKey, oldKey, oldKey]);
});

function sameBytes(left: string, right: string): boolean {
  const bytes = (text: string): string =>
    text
      .split('.')
      .map((part, index) => (index < 2 ? part : Buffer.from(part, 'base64url').toString('hex')))
      .join('.');
  return bytes(left) === bytes(right);
}
