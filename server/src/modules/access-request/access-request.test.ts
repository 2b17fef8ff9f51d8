import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOf, expiryFault, type NewAccessRequest } from './access-request.ts';
import { type DecisionBasis, contentHashOf as hashOf } from './content-hash.ts';

const basis: DecisionBasis = { round: 1, narrowed: null, risks: [], flows: [] };
const contentHashOf = (request: NewAccessRequest, on: Partial<DecisionBasis> = {}) =>
  hashOf(request, { ...basis, ...on });
const longestMinutes = 90 * 1440;
const caps = { longestMinutes, allowsNoEnd: false };

const base: NewAccessRequest = {
  kind: 'access',
  amendsGrantId: null,
  behindId: null,
  ticket: null,
  startsAt: null,
  projectId: 'p',
  requesterId: 'r',
  scope: {
    kind: 'items',
    items: [
      { databaseId: 'd', schema: 'public', table: 'salary' },
      { databaseId: 'd', schema: 'public', table: 'title' },
    ],
  },
  privileges: ['read'],
  reason: 'incident 12',
  expiry: { kind: 'after', minutes: 60 },
  statementText: null,
};
const now = new Date('2026-03-29T00:59:59.500Z');

describe('the content of a request', () => {
  it('has the same hash whatever the order in which tables were listed', () => {
    const items = base.scope.kind === 'items' ? base.scope.items.toReversed() : [];
    expect(contentHashOf({ ...base, scope: { kind: 'items', items } })).toBe(contentHashOf(base));
  });

  it('has another hash when anything that an approver saw is different', () => {
    const changes: Partial<NewAccessRequest>[] = [
      { scope: { kind: 'project' } },
      { scope: { kind: 'items', items: [{ databaseId: 'd', schema: 'public', table: null }] } },
      { privileges: ['read', 'write'] },
      { expiry: { kind: 'after', minutes: 61 } },
      { reason: 'incident 13' },
      { requesterId: 'other' },
      { ticket: 'INC-1' },
      { startsAt: new Date(0) },
      { kind: 'extend', amendsGrantId: 'g' },
    ];
    const hashes = changes.map((change) => contentHashOf({ ...base, ...change }));
    expect(new Set([contentHashOf(base), ...hashes]).size).toBe(changes.length + 1);
  });

  it('has another hash in another round, on another rule, flow or version, and when less is left of it', () => {
    const risk = { source: 'read', level: 'low', ruleId: 'r', ruleName: 'x', ruleVersion: 1, isFaulty: false } as const;
    const flow = { id: 'f', version: 1, sources: ['read'] };
    const others: Partial<DecisionBasis>[] = [
      { round: 2 },
      { risks: [{ ...risk, reason: 'a' }] },
      { risks: [{ ...risk, reason: 'a', ruleVersion: 2 }] },
      { risks: [{ ...risk, reason: 'a', level: 'high' }] },
      { flows: [flow] },
      { flows: [{ ...flow, version: 2 }] },
      { narrowed: { ...base, expiry: { kind: 'after', minutes: 30 } } },
    ];
    expect(new Set([contentHashOf(base), ...others.map((on) => contentHashOf(base, on))]).size).toBe(others.length + 1);
  });

  it('cannot be confused by names that contain the separators of other names', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (schema, table) => {
        const one = contentHashOf({ ...base, scope: { kind: 'items', items: [{ databaseId: 'd', schema, table }] } });
        const other = contentHashOf({
          ...base,
          scope: { kind: 'items', items: [{ databaseId: 'd', schema: `${schema}${table}x`, table: '' }] },
        });
        expect(one).not.toBe(other);
      }),
    );
  });
});

describe('the expiry of a request', () => {
  it('counts minutes from the decision, across a change of daylight saving', () => {
    expect(endOf({ kind: 'after', minutes: 60 }, now)?.toISOString()).toBe('2026-03-29T01:59:59.500Z');
  });

  it.each([
    ['never', { kind: 'never' } as const, 'always ends'],
    ['in the past', { kind: 'at', at: '2026-03-29T00:59:59.499Z' } as const, 'already passed'],
    ['at this instant', { kind: 'at', at: '2026-03-29T00:59:59.500Z' } as const, 'already passed'],
    ['a minute past the maximum', { kind: 'after', minutes: longestMinutes + 1 } as const, '90 days at most'],
  ])('is refused when it is %s', (_, expiry, words) => {
    expect(expiryFault(expiry, now, caps)).toContain(words);
  });

  it('is accepted a millisecond ahead and exactly at the maximum', () => {
    expect(expiryFault({ kind: 'at', at: '2026-03-29T00:59:59.501Z' }, now, caps)).toBeNull();
    expect(expiryFault({ kind: 'after', minutes: longestMinutes }, now, caps)).toBeNull();
  });
});
