import { expect, test } from 'vitest';
import { ago, node, planned, ready, run, worldOf } from '../testing.ts';
import check from './node-condition.ts';

const prints = (...nodes: ReturnType<typeof node>[]) =>
  run(check, worldOf({ nodes })).findings.map(({ fingerprint, severity }) => `${fingerprint} ${severity}`);
const version = (kubeletVersion: string) => ({ status: { nodeInfo: { architecture: 'amd64', kubeletVersion } } });
const server = node('s1', { metadata: { labels: { 'node-role.kubernetes.io/control-plane': 'true' } } });
const cordoned = (minutes: number | undefined, metadata = {}) =>
  node('n1', {
    metadata,
    spec: {
      unschedulable: true,
      taints:
        minutes === undefined
          ? []
          : [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: ago(minutes) }],
    },
  });

test('a node that is not ready, and one under pressure', () => {
  expect(prints(node('n1', { status: { conditions: [ready('False', 5)] } }))).toEqual(['K22:not-ready:n1 high']);
  const pressed = {
    status: {
      conditions: [ready('True'), { type: 'DiskPressure', status: 'True' }, { type: 'PIDPressure', status: 'False' }],
    },
  };
  expect(prints(node('n1', pressed))).toEqual(['K22:DiskPressure:n1 medium']);
});

test('a kubelet newer than the control plane, or four minors older', () => {
  expect(prints(server, node('n1', version('v1.37.0+k3s1')))).toEqual(['K22:skew:n1 medium']);
  expect(prints(server, node('n1', version('v1.32.0')))).toEqual(['K22:skew:n1 medium']);
  expect(prints(server, node('n1', version('v1.33.9')), node('n2', version('odd')))).toEqual([]);
});

test('a reboot that has not come for a week', () => {
  const waiting = (days: number) =>
    node('n1', { metadata: { annotations: { 'weave.works/kured-reboot-in-progress': ago(days * 1440) } } });
  expect(prints(waiting(8))).toEqual(['K22:reboot:n1 medium']);
  expect(prints(waiting(6))).toEqual([]);
});

test('a cordon older than a day, a younger one, and one of an unknown age', () => {
  expect(prints(cordoned(25 * 60))).toEqual(['K22:set-aside:n1 medium']);
  expect(prints(cordoned(23 * 60))).toEqual([]);
  expect(run(check, worldOf({ nodes: [cordoned(undefined)] }))).toMatchObject({
    status: 'unknown',
    findings: [{ unknown: true }],
  });
});

test('a cordon that is only planned is no forgotten one', () => {
  const plan = planned(worldOf({ nodes: [node('n1')] }), {
    effects: [{ op: 'put', part: 'nodes', id: 'n1', value: cordoned(undefined) }],
  });
  expect(run(check, plan).status).toBe('pass');
});

test('a taint of the design carries no time, and a maintenance window is a word', () => {
  expect(prints(node('n1', { spec: { taints: [{ key: 'gpu', value: 'true', effect: 'NoSchedule' }] } }))).toEqual([]);
  const until = (time: string) => cordoned(50 * 60, { annotations: { 'steward.dev/maintenance-until': time } });
  expect(prints(until(ago(-60)))).toEqual([]);
  expect(prints(until(ago(60)))).toEqual(['K22:set-aside:n1 medium']);
});

test('is unknown when nodes cannot be read', () => {
  expect(run(check, worldOf({}, ['nodes'])).status).toBe('unknown');
});

test('a node that is taken away by the plan is to be drained first, one that is away already to be looked at', () => {
  const well = node('n1', { status: { conditions: [ready('True')] } });
  const gone = node('n1', { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } });
  const effects = [{ op: 'put' as const, part: 'nodes' as const, id: 'n1', value: gone }];
  const remedyOf = (before: ReturnType<typeof node>) =>
    run(check, planned(worldOf({ nodes: [before] }), { effects })).findings[0]?.remedy;
  expect(remedyOf(well)).toContain('cluster_drain');
  expect(remedyOf(node('n1', { status: { conditions: [ready('False', 5)] } }))).not.toContain('cluster_drain');
});
