import { expect, test } from 'vitest';
import { node, ownedBy, planned, pod, run, worldOf } from '../testing.ts';
import check from './taint-capacity.ts';

const needing = (name: string, memory: string, more: object = {}, nodeName = 'gpu') =>
  pod(
    `apps/${name}`,
    {},
    {
      metadata: ownedBy('ReplicaSet', name),
      spec: { nodeName, containers: [{ name: 'main', resources: { requests: { memory, cpu: '100m' } } }], ...more },
    },
  );
const small = (name: string) => node(name, { status: { allocatable: { cpu: '4', memory: '4Gi', pods: '110' } } });
const taint = (effect: string) => ({ key: 'nvidia.com/gpu', value: 'present', effect });
const tainting = (pods: ReturnType<typeof needing>[], effect = 'NoSchedule', others = [small('n1')]) => {
  const tainted = { ...node('gpu'), spec: { taints: [taint(effect)] } };
  return run(
    check,
    planned(worldOf({ nodes: [node('gpu'), ...others], pods }), {
      effects: [{ op: 'put', part: 'nodes', id: 'gpu', value: tainted }],
    }),
  );
};

test('pods that fit alone but not together, with the others that are there', () => {
  const result = tainting([needing('a', '2Gi'), needing('b', '2Gi'), needing('c', '1Gi', {}, 'n1')]);
  expect(result.findings).toMatchObject([
    { fingerprint: 'K25:gpu:nvidia.com/gpu=present:NoSchedule', severity: 'high' },
  ]);
  expect(result.findings[0]?.evidence).toEqual(['apps/b: none of 1 node has room']);
});

test('a pod that only this node lets in', () => {
  const bound = needing('jellyfin', '1Gi', { nodeSelector: { 'kubernetes.io/hostname': 'gpu' } });
  expect(tainting([bound], 'NoExecute').findings[0]?.evidence).toEqual(['apps/jellyfin: no other node lets it in']);
});

test.each([
  ['everything fits elsewhere', [needing('a', '2Gi')], 'NoSchedule'],
  ['the taint only prefers', [needing('a', '20Gi')], 'PreferNoSchedule'],
  [
    'the pods tolerate it',
    [needing('a', '20Gi', { tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }] })],
    'NoSchedule',
  ],
  ['they are finished', [{ ...needing('a', '20Gi'), status: { phase: 'Succeeded' } }], 'NoSchedule'],
  [
    'they belong to the node',
    [
      pod(
        'apps/ds',
        {},
        {
          metadata: ownedBy('DaemonSet', 'ds'),
          spec: { nodeName: 'gpu', nodeSelector: { 'kubernetes.io/hostname': 'gpu' } },
        },
      ),
    ],
    'NoSchedule',
  ],
])('passes when %s', (_, pods, effect) => {
  expect(tainting(pods, effect).status).toBe('pass');
});

test('a taint that was there before, and a cordon, are no new taint', () => {
  const tainted = { ...node('gpu'), spec: { taints: [taint('NoSchedule')] } };
  const things = worldOf({ nodes: [tainted], pods: [needing('a', '20Gi')] });
  expect(
    run(
      check,
      planned(things, {
        effects: [
          {
            op: 'put',
            part: 'nodes',
            id: 'gpu',
            value: { ...tainted, spec: { ...tainted.spec, unschedulable: true } },
          },
        ],
      }),
    ).status,
  ).toBe('pass');
});

test('does not apply without a change, and is unknown when pods cannot be read', () => {
  expect(run(check, worldOf({})).status).toBe('not_applicable');
  expect(run(check, planned(worldOf({}, ['pods']), {})).status).toBe('unknown');
});

test('of two new taints, tolerating one is not enough', () => {
  const tainted = {
    ...node('gpu'),
    spec: { taints: [taint('NoSchedule'), { key: 'batch', value: '', effect: 'NoSchedule' }] },
  };
  const pods = [needing('a', '20Gi', { tolerations: [{ key: 'batch', operator: 'Exists' }] })];
  const plan = planned(worldOf({ nodes: [node('gpu'), small('n1')], pods }), {
    effects: [{ op: 'put', part: 'nodes', id: 'gpu', value: tainted }],
  });
  expect(run(check, plan).status).toBe('fail');
});
