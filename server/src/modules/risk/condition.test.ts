import { riskAttributes } from '@tidegate/contract/risk-attributes';
import { conditionOf } from '@tidegate/contract/risk-sentence';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anySentence } from '../../../../contract/src/risk-sentence.arbitrary.ts';
import { anyAttributes } from './attributes.arbitrary.ts';
import { bindingsOf, compileCondition, isConditionError } from './condition.ts';
import { sentenceHolds } from './test-sentence-meaning.ts';

function compiled(text: string) {
  const result = compileCondition(text);
  if (isConditionError(result)) throw new Error(`${text}: ${result.message}`);
  return result;
}

const calm = Object.fromEntries(
  riskAttributes.map(({ name, type }) => [
    name,
    { text: '', time: '12:00', flag: false, number: 0, list: [] as string[] }[type],
  ]),
);
const holds = (text: string, given: object = {}): boolean => compiled(text).holds(bindingsOf({ ...calm, ...given }));

describe('a condition', () => {
  test('is asked of the attributes of a request', () => {
    expect(holds('environment.name == "Prod"', { 'environment.name': 'Prod' })).toBe(true);
    expect(holds('environment.name == "Prod"', { 'environment.name': 'Test' })).toBe(false);
    expect(holds('number_of_tables > 10 && "pii" in labels', { number_of_tables: 11, labels: ['pii'] })).toBe(true);
    expect(holds('tables.exists(t, t.matches("^sal"))', { tables: ['salary'] })).toBe(true);
    expect(holds('size(tables) * 2 - 1 >= 3 ? !no_end : no_end', { tables: ['a', 'b'] })).toBe(true);
    expect(holds('time_of_day >= "18:00" || weekday in ["saturday", "sunday"]', { time_of_day: '18:00' })).toBe(true);
    expect(holds('requester.groups.all(g, g.startsWith("team-"))', { 'requester.groups': ['team-a', 'b'] })).toBe(
      false,
    );
  });

  test('keeps whole numbers exact', () => {
    expect(holds('estimated_rows == 9007199254740991', { estimated_rows: Number.MAX_SAFE_INTEGER })).toBe(true);
  });

  test.each([
    ['environment.name = "Prod"', 1, 18, 'From “=” on this cannot be read.'],
    ['environment.name == ', 1, 18, 'From “==” on this cannot be read.'],
    ['', 1, 1, 'Something is missing at the end.'],
    ['environment.nme == "a"', 1, 12, 'There is no attribute environment.nme.'],
    ['true &&\n  secret == "a"', 2, 3, 'There is no attribute secret.'],
    ['number_of_tables > "3"', 1, 17, '> compares two numbers or two texts, not a number and a text.'],
    ['"pii" == labels', 1, 6, '== compares two values of one kind, not a text and a list of text.'],
    ['labels == labels', 1, 7, '== compares two values of one kind'],
    ['number_of_tables', 1, 1, 'A condition must be true or false.'],
    ['no_end && number_of_tables', 1, 11, '&& joins what is true or false, not true or false and a number.'],
    ['tables.map(t, t) == []', 1, 7, 'map() and filter() are not known here; use exists() or all().'],
    ['environment.name.exists(x, x == "a")', 1, 17, 'Only a list can be looked through, not a text.'],
    ['tables.exists(t, t)', 1, 18, 'joins what is true or false, not true or false and a text'],
    ['timestamp("2026-01-01T00:00:00Z") == ticket', 1, 1, 'timestamp is not known here.'],
    ['ticket.matches("(")', 1, 7, 'This pattern cannot be read'],
    ['ticket.matches(ticket)', 1, 7, 'The pattern of matches() must be written out.'],
    ['has(environment.name)', 1, 1, 'has() is not needed.'],
    ['number_of_tables > 1.5', 1, 20, 'Only texts, whole numbers, true and false can be written here.'],
    ['number_of_tables in [1, "a"]', 1, 21, 'All values of a list must be of one kind.'],
    ['{"a": 1}["a"] == 1', 1, 1, 'A condition cannot make objects or maps.'],
  ])('%s is refused at line %i, column %i: %s', (text, line, column, message) => {
    const error = compileCondition(text);
    expect(error).toMatchObject({ line, column });
    expect(isConditionError(error) ? error.message : '').toContain(message);
  });

  test('is bounded in length and in nesting', () => {
    expect(compileCondition(`true ${' '.repeat(5000)}`)).toMatchObject({
      message: 'A condition has at most 4000 characters.',
    });
    for (const [open = '', close = ''] of [['(true && ', ')'], ['[', ']'], ['(', ')'], ['true ? true : ']]) {
      const text = `${open.repeat(250)}true${close.repeat(250)}`;
      expect(compileCondition(text)).toMatchObject({ message: 'This is nested more than 40 deep.' });
    }
    expect(isConditionError(compileCondition(`${'!'.repeat(3000)}no_end`))).toBe(false);
    expect(isConditionError(compileCondition(`ticket${'.a'.repeat(1900)} == ""`))).toBe(true);
    const wide = Array.from({ length: 200 }, () => 'no_end').join(' || ');
    expect(holds(wide, { no_end: true })).toBe(true);
  });

  test('says before it runs how much it can take at most', () => {
    const lengthOf = () => 20_000;
    expect(compiled('environment.name == "Prod" && "pii" in labels').steps(lengthOf)).toBeLessThan(25_000);
    expect(compiled('tables.exists(t, t == "a")').steps(lengthOf)).toBeGreaterThan(100_000);
    const squared = compiled('tables.exists(t, columns.exists(c, c == t))');
    expect(squared.steps(lengthOf)).toBeGreaterThan(1_000_000_000);
  });

  test('throws its reason when it cannot be evaluated', () => {
    expect(() => holds('1 / number_of_tables == 1')).toThrow('divide by zero');
    expect(() => compiled('environment.name == "a"').holds({})).toThrow();
  });

  test('made of a sentence passes the check and means what the sentence says', () => {
    fc.assert(
      fc.property(anySentence, anyAttributes, (sentence, attributes) => {
        const text = conditionOf(sentence);
        expect(compiled(text).holds(bindingsOf(attributes)), text).toBe(sentenceHolds(sentence, attributes));
      }),
      { numRuns: 1000 },
    );
  });

  test('never breaks the server, whatever is written', () => {
    const words = fc.constantFrom(
      ...['tables', 'labels', 'environment', '.', 'name', '(', ')', '[', ']', '"a"', '&&', '||', '!', '==', 'in', '1'],
      ...['.exists(', 'x', ',', '?', ':', '-', '+', 'matches', 'size', 'true', '{', '}', '\\', "'", '"""', 'r"', '😀'],
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 15 }), (parts) => {
        const result = compileCondition(parts.join(' '));
        expect(isConditionError(result) ? result.message : 'fine').toMatch(/\S/);
      }),
      { numRuns: 3000 },
    );
  });
});
