import { expect, test } from 'vitest';
import type { CheckResult } from '../../core/finding.ts';
import { literalWorld } from '../../world/testing.ts';
import { unknown, World } from '../../world/world.ts';
import overview from './overview.ts';

const at = new Date('2026-11-20T12:00:00Z');
const result = (check: string, more: Partial<CheckResult>): CheckResult => ({
  check,
  title: check,
  severity: 'high',
  status: 'pass',
  findings: [],
  ...more,
});
const finding = (check: string, more: object = {}) => ({
  check,
  severity: 'high' as const,
  target: check,
  message: `${check} is wrong.`,
  evidence: [],
  remedy: `Mend ${check}.`,
  fingerprint: check,
  lessons: [],
  ...more,
});
const say = (world: World, results: readonly CheckResult[]): string =>
  JSON.stringify(overview.render({ world, results, standing: { mode: 'operate' } }, {}));

test('a house that cannot be read is not said to be well, and one system that is away is said once', () => {
  const reason = 'home: Unable to reach Proxmox home: no answer.';
  const text = say(new World(at, { proxmoxCluster: unknown(reason), zfsPools: unknown('nas: no answer') }), [
    result('P01', { status: 'unknown', reason: `proxmoxCluster: ${reason}; proxmoxNodes: ${reason}` }),
    result('P03', { status: 'unknown', reason: `proxmoxGuests: ${reason}` }),
  ]);
  expect(text).toContain('in what could be read');
  expect(text).toContain(`P01, P03: ${reason}`);
  expect(text).toContain('Proxmox: not readable');
  expect(text).toContain('Pools: not readable');
});

test('what stands lower comes first: a host before its node, a node before what ran there', () => {
  const results = ['K02', 'K04', 'K22', 'P01'].map((check) =>
    result(check, { status: 'fail', findings: [finding(check)] }),
  );
  expect(say(new World(at, {}), results).match(/- (?:K|P)\d\d/g)).toEqual(['- P01', '- K22', '- K04', '- K02']);
});

test('pods of a node that is not ready are not healthy, whatever they go on saying', () => {
  const pod = (nodeName: string) => ({
    spec: { nodeName, containers: [{ name: 'c', image: 'i' }] },
    status: { phase: 'Running', containerStatuses: [{ name: 'c', ready: true, restartCount: 0, image: 'i' }] },
  });
  const node = (status: string) => ({ status: { conditions: [{ type: 'Ready', status }], addresses: [] } });
  const world = literalWorld({
    nodes: { up: node('True'), gone: node('Unknown') },
    pods: { 'a/one': pod('up'), 'a/two': pod('gone') },
  });
  expect(say(world, [])).toContain('1 not healthy (1 on a node that is not ready)');
});
