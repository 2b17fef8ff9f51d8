import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anySentence } from './risk-sentence.arbitrary.ts';
import { conditionOf, conditionWords, plainSentence, sentenceOf } from './risk-sentence.ts';

describe('conditions as sentences', () => {
  test('every sentence is the same after it was written as CEL and read again', () => {
    fc.assert(
      fc.property(anySentence, (sentence) => {
        expect(sentenceOf(conditionOf(sentence))).toEqual(plainSentence(sentence));
      }),
      { numRuns: 2000 },
    );
  });

  test('whatever text is read as a sentence is written as a text that reads as the same sentence', () => {
    const pieces = fc.constantFrom(
      ...[
        'environment.name',
        'labels',
        'number_of_tables',
        '!',
        '(',
        ')',
        '&&',
        '||',
        '==',
        'in',
        '["a"]',
        '"pii"',
        '3',
      ],
      ...['environment.protected', '.exists(x, x in ["a"])', '.contains("b")', 'true', '<', ' ', 'x'],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (words) => {
        const sentence = sentenceOf(words.join(' '));
        if (sentence !== null) expect(sentenceOf(conditionOf(sentence))).toEqual(sentence);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['environment.name == "Prod"', 'environment is Prod'],
    ['environment.protected && "pii" in labels', 'the environment is protected and labels include pii'],
    ['!environment.protected', 'the environment is not protected'],
    ['!(engine in ["mysql", "mariadb"])', 'engine is none of mysql, mariadb'],
    [
      'environment.protected && (number_of_tables > 10 || whole_database)',
      'the environment is protected and (number of tables is more than 10 or a whole database is asked for)',
    ],
    ['weekday in ["saturday"] || time_of_day < "08:00"', 'weekday is one of saturday or time of day is before 08:00'],
    ['tables.exists(t, t.startsWith("pay roll"))', 'tables include one starting with “pay roll”'],
    ['true', 'it holds for everything'],
  ])('%s reads: %s', (condition, words) => {
    expect(conditionWords(condition)).toBe(words);
  });

  test.each([
    'size(tables) > 3',
    'environment.name == "Prod" ? true : false',
    'labels.exists_one(x, x == "pii")',
    'environment.nothing == "a"',
    'environment.name == "a',
    'number_of_tables > 1.5',
    'number_of_tables > 9007199254740993',
    'environment.name == "\\ud800"',
    'environment.name == "\\a"',
    '!(environment.protected || whole_database)',
    'environment.name in []',
    '',
    `${'('.repeat(50)}true${')'.repeat(50)}`,
  ])('%s has no sentence and stays text', (condition) => {
    expect(sentenceOf(condition)).toBeNull();
  });

  test('without a sentence the text itself is the words', () => {
    expect(conditionWords(' size(tables) > 3 ')).toBe('size(tables) > 3');
  });
});
