import type { FlowDraft, FlowStep, LevelCaps, RequestLevel, RequestSource } from '@tidegate/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ApprovalRules, capsOf, deciderKeys, type Flow, matrixOf } from './approval.ts';
import { planOf } from './approval-plan.ts';
import { flowFault } from './approval-service.ts';
import { flowSentence } from './flow-words.ts';
import { firstUnfilledStep } from './quorum-match.ts';

const owner: FlowStep['deciders'] = [{ kind: 'role', role: 'project_owner' }];
const step = (given: Partial<FlowStep> = {}): FlowStep => ({
  ...{ deciders: owner, quorum: 1, minutes: null, afterwards: { kind: 'expire' } },
  ...given,
});
const flow = (id: string, given: Partial<Flow> = {}): Flow => ({
  ...{ id, version: 1, name: id, description: '', kind: 'steps', steps: [step()], approvesWrite: false },
  ...{ extendsMinutes: null, ...given },
});
const auto = flow('auto', { kind: 'auto_approve', steps: [] });
const autoWrite = flow('autoWrite', { kind: 'auto_approve', steps: [], approvesWrite: true });
const refuse = flow('refuse', { kind: 'refuse', steps: [] });
const cap = (level: RequestLevel, given: Partial<LevelCaps> = {}): LevelCaps => ({
  ...{ level, longestMinutes: 60, allowsNoEnd: true, needsTicket: false, ...given },
});

function rules(
  workspace: readonly [RequestSource, string][],
  project: readonly [RequestSource, string][] = [],
  caps: Partial<Pick<ApprovalRules, 'caps' | 'projectCaps'>> = {},
): ApprovalRules {
  const cells = (list: readonly [RequestSource, string][]) =>
    matrixOf(list.map(([source, flowId]) => ({ source, level: 'low', flowId })));
  const flows = [flow('one'), flow('two'), auto, autoWrite, refuse];
  return {
    workspace: cells(workspace),
    project: cells(project),
    flows: new Map(flows.map((one) => [one.id, one])),
    caps: caps.caps ?? [cap('low')],
    projectCaps: caps.projectCaps ?? [],
  };
}
const low = (...sources: RequestSource[]) => sources.map((source) => ({ source, level: 'low' as const, reason: '' }));
const tracksOf = (plan: ReturnType<typeof planOf>) =>
  plan.kind === 'ask' ? plan.tracks.map((track) => `${track.flow.id}: ${track.sources.join(' ')}`) : plan.kind;

describe('the plan of a request', () => {
  it('takes every source’s flow, each flow once', () => {
    const both = rules([
      ['read', 'one'],
      ['export', 'two'],
      ['write', 'one'],
    ]);
    expect(tracksOf(planOf(low('read', 'export', 'write'), both))).toEqual(['one: read write', 'two: export']);
  });

  it('adds the project’s flow and never lets it replace or loosen the workspace’s', () => {
    expect(tracksOf(planOf(low('read'), rules([['read', 'one']], [['read', 'two']])))).toEqual([
      'one: read',
      'two: read',
    ]);
    expect(tracksOf(planOf(low('read'), rules([['read', 'one']], [['read', 'auto']])))).toEqual(['one: read']);
    expect(tracksOf(planOf(low('read'), rules([['read', 'auto']], [['read', 'two']])))).toEqual(['two: read']);
    expect(planOf(low('read'), rules([['read', 'auto']], [['read', 'refuse']])).kind).toBe('refused');
    expect(planOf(low('read'), rules([], [['read', 'auto']])).kind).toBe('refused');
  });

  it.each<[string, RequestSource, string | null, string]>([
    ['an empty cell', 'read', null, 'refused'],
    ['a flow that is gone', 'read', 'gone', 'refused'],
    ['a flow that refuses', 'read', 'refuse', 'refused'],
    ['auto-approve', 'read', 'auto', 'auto'],
    ['auto-approve that does not name write', 'write', 'auto', 'refused'],
    ['auto-approve that names write', 'write', 'autoWrite', 'auto'],
    ['auto-approve for an emergency', 'emergency', 'autoWrite', 'refused'],
  ])('with %s', (_what, source, flowId, kind) => {
    expect(planOf(low(source), rules(flowId === null ? [] : [[source, flowId]])).kind).toBe(kind);
  });

  it('without any rule of risk, or without anything asked, is a refusal', () => {
    expect(planOf([{ source: 'read', level: null, reason: 'no rule' }], rules([['read', 'auto']]))).toEqual({
      ...{ kind: 'refused', message: 'no rule' },
    });
    expect(planOf([], rules([['read', 'auto']])).kind).toBe('refused');
  });
});

describe('limits', () => {
  it('are the tightest of all levels and of workspace and project; a level without any allows nothing', () => {
    const caps = [cap('low'), cap('high', { longestMinutes: 30, allowsNoEnd: false, needsTicket: true })];
    const two = rules([], [], { caps, projectCaps: [cap('low', { longestMinutes: 10 })] });
    expect(capsOf(['low'], two)).toEqual({ longestMinutes: 10, allowsNoEnd: true, needsTicket: false });
    expect(capsOf(['low', 'high'], two)).toEqual({ longestMinutes: 10, allowsNoEnd: false, needsTicket: true });
    expect(capsOf(['moderate'], two)).toEqual({ longestMinutes: 0, allowsNoEnd: false, needsTicket: false });
  });

  it('of a project never widen those of the workspace', () => {
    const wide = [cap('low', { longestMinutes: 6000, allowsNoEnd: true })];
    const tight = [cap('low', { longestMinutes: 5, allowsNoEnd: false })];
    const found = capsOf(['low'], rules([], [], { caps: tight, projectCaps: wide }));
    expect(found).toEqual({ longestMinutes: 5, allowsNoEnd: false, needsTicket: false });
  });
});

describe('seats', () => {
  it('are filled whenever they can be, although the first choice would be wrong', () => {
    expect(
      firstUnfilledStep([
        { quorum: 1, people: ['a', 'b'] },
        { quorum: 1, people: ['a'] },
      ]),
    ).toBeNull();
    expect(
      firstUnfilledStep([
        { quorum: 1, people: ['a'] },
        { quorum: 1, people: ['a'] },
      ]),
    ).toBe(1);
    expect(firstUnfilledStep([{ quorum: 2, people: ['a', 'a'] }])).toBe(0);
    expect(firstUnfilledStep([{ quorum: 1, people: [] }])).toBe(0);
  });

  it('are filled exactly when trying all choices fills them', () => {
    const person = fc.constantFrom('a', 'b', 'c', 'd');
    const seats = fc.record({ quorum: fc.integer({ min: 1, max: 2 }), people: fc.uniqueArray(person) });
    fc.assert(
      fc.property(fc.array(seats, { maxLength: 3 }), (steps) => {
        expect(firstUnfilledStep(steps) === null).toBe(canFill(steps, new Set()));
      }),
      { numRuns: 500 },
    );
  });
});

/** By brute force. */
function canFill(steps: readonly { quorum: number; people: readonly string[] }[], taken: ReadonlySet<string>): boolean {
  const [first, ...rest] = steps;
  if (first === undefined) return true;
  const left = first.quorum > 1 ? [{ ...first, quorum: first.quorum - 1 }, ...rest] : rest;
  return first.people.some((person) => !taken.has(person) && canFill(left, new Set([...taken, person])));
}

describe('a flow', () => {
  const draft = (given: Partial<FlowDraft>): FlowDraft => ({
    ...{ name: 'F', description: '', kind: 'steps', steps: [step()], approvesWrite: false, extendsMinutes: null },
    ...given,
  });
  it.each<[string, Partial<FlowDraft>, RegExp]>([
    ['people without a step', { steps: [] }, /auto-approve in so many words/],
    ['auto-approve with steps', { kind: 'auto_approve' }, /Only a flow in which people decide/],
    ['write by silence', { approvesWrite: true }, /Only auto-approve/],
    [
      'a role that may not decide',
      { steps: [step({ deciders: [{ kind: 'role', role: 'project_developer' }] })] },
      /may not decide/,
    ],
    ['a role nobody knows', { steps: [step({ deciders: [{ kind: 'role', role: 'king' }] })] }, /may not decide/],
    ['a way back', { steps: [step(), step({ minutes: 5, afterwards: { kind: 'step', step: 1 } })] }, /a later step/],
    ['a way out of it', { steps: [step({ minutes: 5, afterwards: { kind: 'step', step: 1 } })] }, /a later step/],
    ['a way on without a time', { steps: [step({ afterwards: { kind: 'step', step: 1 } }), step()] }, /after how long/],
  ])('with %s is refused', (_what, given, words) => {
    expect(flowFault(draft(given))).toMatch(words);
  });

  it('is said in words', () => {
    const steps = [step({ quorum: 2, minutes: 240, afterwards: { kind: 'step', step: 1 } }), step()];
    expect(flowFault(draft({ steps }))).toBeNull();
    expect(flowSentence(flow('x', { steps }), new Map())).toBe(
      'Two of Project Owner other than the requester decide within 4 h, otherwise step 2 decides; then one Project Owner other than the requester decides.',
    );
    expect(flowSentence(autoWrite, new Map())).toBe('Approved without asking anybody, write too.');
  });

  it('names a role in the project or held everywhere, never in another project', () => {
    expect(deciderKeys(owner, 'p')).toEqual(['role:project_owner', 'role:project_owner@p']);
  });
});
