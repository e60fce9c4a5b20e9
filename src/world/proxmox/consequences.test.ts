import { expect, test } from 'vitest';
import type { Effect } from '../../core/effect.ts';
import { literalWorld } from '../testing.ts';
import { withConsequences } from './consequences.ts';

const guest = (vmid: number, name: string, node: string, status = 'running') => ({
  node,
  vmid,
  name,
  type: 'qemu',
  status,
  template: false,
  tags: [],
  memoryBytes: 1,
  diskBytes: 1,
  uptimeSeconds: 1,
});
const ready = { status: { conditions: [{ type: 'Ready', status: 'True' }], addresses: [] } };
const world = literalWorld({
  nodes: { 'k3s-1': ready, 'k3s-2': ready },
  pods: {
    'a/x': { spec: { nodeName: 'k3s-1', containers: [] } },
    'a/y': { spec: { nodeName: 'k3s-2', containers: [] } },
  },
  proxmoxNodes: { 'home/pve1': { online: true, votes: 1 }, 'home/pve2': { online: true, votes: 1 } },
  proxmoxGuests: {
    'home/101': guest(101, 'k3s-1', 'pve1'),
    'home/102': guest(102, 'k3s-2', 'pve2'),
    'home/103': guest(103, 'off', 'pve1', 'stopped'),
  },
});
const ids = (effects: readonly Effect[]) => effects.map(({ op, part, id }) => `${op} ${part} ${id}`);

test('a guest that stops takes its node and the pods on it along', () => {
  const stop: Effect = {
    op: 'put',
    part: 'proxmoxGuests',
    id: 'home/101',
    value: { ...guest(101, 'k3s-1', 'pve1'), status: 'stopped' },
  };
  const all = withConsequences(world, [stop]);
  expect(ids(all)).toEqual(['put proxmoxGuests home/101', 'put nodes k3s-1', 'remove pods a/x']);
  const after = world.patch(all).part('nodes');
  expect(after.state === 'known' && after.value.get('k3s-1')?.status.conditions).toMatchObject([
    { type: 'Ready', status: 'Unknown' },
  ]);
});

test('a host that goes takes every running guest along, and nothing of another host', () => {
  const gone: Effect = { op: 'put', part: 'proxmoxNodes', id: 'home/pve1', value: { online: false, votes: 1 } };
  expect(ids(withConsequences(world, [gone]))).toEqual([
    'put proxmoxNodes home/pve1',
    'put proxmoxGuests home/101',
    'put nodes k3s-1',
    'remove pods a/x',
  ]);
});

test('a change of a guest that goes on running has no consequences', () => {
  const change: Effect = {
    op: 'put',
    part: 'proxmoxGuests',
    id: 'home/101',
    value: { ...guest(101, 'k3s-1', 'pve1'), tags: ['x'] },
  };
  expect(withConsequences(world, [change])).toHaveLength(1);
});
