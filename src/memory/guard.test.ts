import { expect, test } from 'vitest';
import type { Proposal } from '../core/consult.ts';
import { Guards, guardAction, guardProblem } from './guard.ts';
import { factsOf } from './proposal.ts';
import { proposalOf, targetOf } from './testing.ts';

const scaleTo = (replicas: number): Proposal =>
  proposalOf('cluster_scale', [targetOf('Deployment', 'web', 'apps')], { input: { replicas, note: null } });

const judge = (when: string, proposal: Proposal = scaleTo(1)) =>
  new Guards().judge(when, guardAction(proposal, factsOf(proposal)));

test.each([
  ['true', 'yes'],
  ['false', 'no'],
  ["action.name == 'cluster_scale' && action.verb == 'scale'", 'yes'],
  ['has(action.input.replicas) && action.input.replicas < 2', 'yes'],
  ["action.kinds.exists(kind, kind == 'Pod') && 'apps' in action.namespaces", 'yes'],
  ["action.targets.all(one, one.kind == 'Node')", 'no'],
  ['action.input.note == null', 'yes'],
])('%s is %s', async (when, verdict) => {
  expect(await judge(when)).toBe(verdict);
});

test.each([
  ['a field that is not there', 'action.input.nothing == 1'],
  ['a variable that is not there', 'world.nodes.size() > 1'],
  ['a syntax error', 'action.name =='],
  ['a result that is no boolean', 'action.name'],
  ['an unknown function', 'action.name.launch()'],
  ['a text that is too long', `${'true && '.repeat(400)}true`],
  ['too many loops in each other', '[1].all(a, [1].all(b, [1].all(c, [1].all(d, true))))'],
])('%s cannot be judged, which is never no', async (_, when) => {
  expect(await judge(when)).toBe('error');
});

test('a proposal that would take too many turns, or is too big, cannot be judged', async () => {
  const many = proposalOf('cluster_apply', [], { input: { list: Array.from({ length: 3_000 }, (_, index) => index) } });
  const pairs = 'action.input.list.all(a, action.input.list.all(b, a + b >= 0))';
  expect(await judge(pairs, many)).toBe('error');
  expect(await judge('action.input.list.all(a, a >= 0)', many)).toBe('yes');
  const huge = proposalOf('cluster_apply', [], { input: { manifest: 'x'.repeat(1_100_000) } });
  expect(await judge('false', huge)).toBe('error');
});

test('a problem is told in words', async () => {
  expect(await guardProblem('true')).toBeUndefined();
  expect(await guardProblem('action.')).toMatch(/1:/);
  expect(await guardProblem('x'.repeat(3_000))).toMatch(/2000/);
});
