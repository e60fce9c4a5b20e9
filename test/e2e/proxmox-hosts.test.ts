import { afterAll, beforeAll, expect, test } from 'vitest';
import { type House, openHouse } from '../support/mcp-house.ts';

/** A host is taken into maintenance, rebooted and brought back, through the whole gate by a real MCP client on the lab. */
let house: House;
beforeAll(async () => {
  house = await openHouse('pve-backup-server');
});
afterAll(() => house.close());

const CLUSTER = { cluster: 'home' };
const plan = (action: string, input: object) => house.plan(`proxmox_${action}`, { ...CLUSTER, ...input });
const DONE = 'DONE and verified';
const nodeOf = (vmid: number) => house.cluster.state.guests.get(vmid)?.node;

async function carryOut(planned: string): Promise<string> {
  expect(planned).not.toContain('DENIED');
  const first = await house.apply(planned);
  if (!first.includes('approval_required')) return first;
  await house.approve(planned);
  return house.apply(planned);
}

test('a host whose guests cannot all move is not taken into maintenance; neither is one to a host that is away', async () => {
  const bound = await plan('enter_maintenance', { node: 'pve3', target: 'pve1', reason: 'new memory' });
  expect(bound).toMatch(/DENIED/);
  expect(bound).toMatch(/devices of its host|only its host has/);
  const nowhere = await plan('enter_maintenance', { node: 'pve2', target: 'pve9', reason: 'new memory' });
  expect(nowhere).toMatch(/DENIED|not_found|is not in this cluster/);
});

test('a host with guests on it is not rebooted', async () => {
  expect(await plan('reboot_node', { node: 'pve2' })).toMatch(/DENIED[\s\S]*P08/);
});

test('guests move away, the host is rebooted and seen to be back, and leaves maintenance', {
  timeout: 120_000,
}, async () => {
  // The second server must not stand beside the third one: what is here without us is moved first.
  const enter = { node: 'pve2', target: 'pve1', reason: 'new memory', with_local_disks: true };
  const planned = await plan('enter_maintenance', enter);
  expect(`${planned}\n${await carryOut(planned)}`).toContain(DONE);
  expect([102, 112, 150].map(nodeOf)).toEqual(['pve1', 'pve1', 'pve1']);
  expect(await house.call('proxmox_overview', {})).toContain('new memory');

  // Near misses while it lasts: a second host, and a move to the one that is being worked on.
  const second = await plan('enter_maintenance', { ...enter, node: 'pve3', target: 'pve1' });
  expect(second).toMatch(/DENIED[\s\S]*pve2/);
  const back = { vmid: 112, name: 'k3s-agent-2', target: 'pve2', with_local_disks: true };
  expect(await plan('migrate_guest', back)).toMatch(/DENIED[\s\S]*in maintenance/);

  const bootedAt = house.cluster.state.nodes.get('pve2')?.bootedAt ?? 0;
  const reboot = await plan('reboot_node', { node: 'pve2' });
  expect(reboot).toContain('ASKS FOR A PERSON');
  expect(`${reboot}\n${await carryOut(reboot)}`).toContain(DONE);
  expect(house.cluster.state.nodes.get('pve2')?.bootedAt).toBeGreaterThan(bootedAt);

  const exit = await plan('exit_maintenance', { node: 'pve2' });
  expect(await carryOut(exit)).toContain(DONE);
  expect(await house.call('proxmox_overview', {})).not.toContain('new memory');
  expect(await plan('exit_maintenance', { node: 'pve2' })).toMatch(/not in maintenance/);
  // The way back that the plan named.
  expect(await carryOut(await plan('migrate_guest', back))).toContain(DONE);
  expect(nodeOf(112)).toBe('pve2');
});
