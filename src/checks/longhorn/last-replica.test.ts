import { expect, test } from 'vitest';
import type { Change } from '../../core/change.ts';
import type { ProxmoxGuest } from '../../world/proxmox/schema.ts';
import { literalWorld } from '../../world/testing.ts';
import { run } from '../testing.ts';
import { after, guest, host, type Lab, onGuest, onHost, plain, server } from '../testing-machines.ts';
import lastReplica from './last-replica.ts';

const NS = 'longhorn-system';

const volume = (more: { spec?: object; status?: object } = {}) => ({
  spec: { numberOfReplicas: 2, ...more.spec },
  status: { state: 'attached', robustness: 'degraded', kubernetesStatus: { pvName: 'v' }, ...more.status },
});
const replica = (on: string, failedAt = '') => ({
  spec: { volumeName: 'v', nodeID: on, healthyAt: '2026-11-01T00:00:00Z', failedAt, active: true },
  status: { currentState: failedAt === '' ? 'running' : 'error' },
});
const FAILED = '2026-11-20T09:00:00Z';

/** Nodes w-1 and w-2 in guests on two hosts; only w-1 has all of the data. */
const house = (more: Lab = {}) =>
  literalWorld({
    nodes: { 'w-1': plain(server('w-1')), 'w-2': plain(server('w-2')) },
    pods: {},
    proxmoxNodes: { 'home/pve1': host('pve1'), 'home/pve2': host('pve2') },
    proxmoxGuests: { 'home/101': guest(101, 'w-1', 'pve1'), 'home/102': guest(102, 'w-2', 'pve2') },
    longhornVolumes: { [`${NS}/v`]: volume() },
    longhornNodes: {},
    longhornReplicas: { [`${NS}/v-1`]: replica('w-1'), [`${NS}/v-2`]: replica('w-2', FAILED) },
    ...more,
  });

const node = (name: string) => ({ system: 'kubernetes', kind: 'Node', name }) as const;
const drain = (name: string): Partial<Change> => ({
  action: 'cluster_drain',
  targets: [node(name)],
  touches: [
    { target: node(name), verb: 'patch' },
    { target: { system: 'kubernetes', kind: 'Pod', namespace: 'media', name: 'web' }, verb: 'evict' },
  ],
  effects: [
    {
      op: 'put',
      part: 'nodes',
      id: name,
      value: { ...plain(server(name)), metadata: { name }, spec: { unschedulable: true } },
    },
  ],
});
const stop = (vmid: number, name: string, on: string): Partial<Change> =>
  onGuest('proxmox_shutdown_guest', guest(vmid, name, on, { status: 'stopped' }));
const destroy = (key: string): Partial<Change> => onGuest('proxmox_destroy_guest', { remove: key });

const judge = (change: Partial<Change>, world = house()) =>
  run(lastReplica, after(world, change)).findings.map(
    ({ fingerprint, introduced }) => `${introduced ?? 'deny'} ${fingerprint}`,
  );

test('a drain of the node with the only complete replica is denied with its lesson; of the other one it is not', () => {
  expect(judge(drain('w-1'))).toEqual([`deny S04:stopped:${NS}/v:w-1`]);
  expect(judge(drain('w-2'))).toEqual([]);
  expect(run(lastReplica, after(house(), drain('w-1'))).findings[0]?.lessons[0]).toBe('longhorn-pdb-blocks-drain');
});

test('so are a shutdown of its guest, and a reboot of the host below', () => {
  expect(judge(stop(101, 'w-1', 'pve1'))).toEqual([`deny S04:stopped:${NS}/v:w-1`]);
  expect(judge(onHost('proxmox_reboot_node', 'pve1', host('pve1', { online: false })))).toEqual([
    `deny S04:stopped:${NS}/v:w-1`,
  ]);
  expect(judge(stop(102, 'w-2', 'pve2'))).toEqual([]);
});

test('with a second complete replica elsewhere nothing is said; two on one host go down together', () => {
  const both = { [`${NS}/v-1`]: replica('w-1'), [`${NS}/v-2`]: replica('w-2') };
  expect(judge(drain('w-1'), house({ longhornReplicas: both }))).toEqual([]);
  const shared: Record<string, ProxmoxGuest> = {
    'home/101': guest(101, 'w-1', 'pve1'),
    'home/102': guest(102, 'w-2', 'pve1'),
  };
  const reboot = onHost('proxmox_reboot_node', 'pve1', host('pve1', { online: false }));
  expect(judge(reboot, house({ longhornReplicas: both, proxmoxGuests: shared }))).toEqual([
    `deny S04:stopped:${NS}/v:w-1,w-2`,
  ]);
});

test('a copy on a node that is down already does not help', () => {
  const both = { [`${NS}/v-1`]: replica('w-1'), [`${NS}/v-2`]: replica('w-2') };
  const nodes = { 'w-1': plain(server('w-1')), 'w-2': plain(server('w-2', false)) };
  expect(judge(drain('w-1'), house({ longhornReplicas: both, nodes }))).toHaveLength(1);
});

test('destroying or rolling back the guest loses the data, stopped or not', () => {
  const off = {
    'home/101': guest(101, 'w-1', 'pve1', { status: 'stopped' }),
    'home/102': guest(102, 'w-2', 'pve2'),
  };
  const nodes = { 'w-1': plain(server('w-1', false)), 'w-2': plain(server('w-2')) };
  expect(judge(destroy('home/101'), house({ proxmoxGuests: off, nodes }))).toEqual([`deny S04:lost:${NS}/v:w-1`]);
  expect(judge(destroy('home/102'))).toEqual([]);
  expect(judge(onGuest('proxmox_rollback_snapshot', guest(101, 'w-1', 'pve1')))).toEqual([`deny S04:lost:${NS}/v:w-1`]);
});

test('deleting the node object is a loss, too: nothing can be moved off it any more', () => {
  const change: Partial<Change> = {
    action: 'cluster_delete',
    targets: [node('w-1')],
    touches: [{ target: node('w-1'), verb: 'delete' }],
    effects: [{ op: 'remove', part: 'nodes', id: 'w-1' }],
  };
  expect(judge(change)).toEqual([`deny S04:lost:${NS}/v:w-1`]);
});

test('a volume with one replica by choice is a question for a drain, and denied for a loss', () => {
  const single = { longhornVolumes: { [`${NS}/v`]: volume({ spec: { numberOfReplicas: 1 } }) } };
  expect(judge(drain('w-1'), house(single))).toEqual([`ask S04:stopped:${NS}/v:w-1`]);
  expect(judge(destroy('home/101'), house(single))).toEqual([`deny S04:lost:${NS}/v:w-1`]);
});

test('a volume at rest survives a drain, and one that nobody claims any more is thrown away', () => {
  const detached = (pvName: string) => ({
    longhornVolumes: { [`${NS}/v`]: volume({ status: { state: 'detached', kubernetesStatus: { pvName } } }) },
  });
  expect(judge(drain('w-1'), house(detached('v')))).toEqual([]);
  expect(judge(destroy('home/101'), house(detached('v')))).toHaveLength(1);
  expect(judge(destroy('home/101'), house(detached('')))).toEqual([]);
});

test('deleting an instance-manager, or its budget, goes past what holds the last replica', () => {
  const labels = { 'longhorn.io/component': 'instance-manager' };
  const pods = { [`${NS}/instance-manager-1`]: { metadata: { labels }, spec: { nodeName: 'w-1', containers: [] } } };
  const budgets = { [`${NS}/instance-manager-1`]: { spec: {} } };
  const world = house({ pods, podDisruptionBudgets: budgets });
  for (const part of ['pods', 'podDisruptionBudgets'])
    expect(judge({ effects: [{ op: 'remove', part, id: `${NS}/instance-manager-1` }] }, world)).toEqual([
      `deny S04:stopped:${NS}/v:w-1`,
    ]);
  const other = house({ pods: { 'media/web': { spec: { nodeName: 'w-1', containers: [] } } } });
  expect(judge({ effects: [{ op: 'remove', part: 'pods', id: 'media/web' }] }, other)).toEqual([]);
});

test('a change that takes no node away says nothing', () => {
  expect(
    judge({ action: 'cluster_label', targets: [node('w-1')], touches: [{ target: node('w-1'), verb: 'patch' }] }),
  ).toEqual([]);
});
