import { expect, test } from 'vitest';
import { ManualClock } from '../../src/core/clock.ts';
import { startProxmoxLab } from '../../src/lab/proxmox/lab.ts';
import { loadScenario } from '../../src/lab/scenarios/load.ts';
import { startZfsLab } from '../../src/lab/zfs/lab.ts';
import { createRegistry } from '../../src/tools/registry.ts';
import { caller, NOW } from '../../src/tools/testing.ts';
import { toolsets } from '../../src/tools/toolsets.ts';
import { createWorldReader } from '../../src/world/create-reader.ts';
import { proxmoxOf } from '../support/proxmox.ts';
import { zfsOf } from '../support/zfs.ts';
import { expectGolden } from './golden.ts';

/** What agents read about hosts, guests, pools and disks, asked of a lab whose clock stands still. */

type Ask = (tool: string, input: object) => Promise<string>;

/** The machines of a scenario, without the cluster on them. */
async function asking(scenario: string, use: (ask: Ask) => Promise<void>): Promise<void> {
  const clock = new ManualClock(NOW);
  const facts = loadScenario(scenario);
  const proxmoxLab = facts.proxmox && (await startProxmoxLab({ facts: facts.proxmox, clock }));
  const zfsLab = facts.zfs && (await startZfsLab(facts.zfs, { clock }));
  const proxmox = proxmoxLab && proxmoxOf({ proxmox: proxmoxLab }, undefined, clock);
  const zfs = zfsLab && zfsOf({ zfs: zfsLab.hosts });
  const clients = { ...(proxmox && { proxmox: proxmox.clusters }), ...(zfs && { zfs: zfs.hosts }) };
  const registry = createRegistry({
    toolsets: toolsets.filter(({ name }) => ['proxmox', 'zfs'].includes(name)),
    clients: { ...clients, world: createWorldReader({ ...clients, clock }) },
    clock,
    random: () => 'abcdefghij',
  });
  try {
    await use(async (tool, input) => (await registry.call(tool, { ...input }, caller())).text);
  } finally {
    await Promise.all([proxmox?.close(), zfs?.close()]);
    await Promise.all([proxmoxLab?.close(), zfsLab?.close()]);
  }
}

test('Proxmox hosts and guests', () =>
  asking('seed-1', async (ask) => {
    expectGolden('rendered/proxmox-overview.txt', await ask('proxmox_overview', {}));
    expectGolden('rendered/proxmox-guests.txt', await ask('proxmox_guests', {}));
    expectGolden('rendered/proxmox-guest.txt', await ask('proxmox_guest', { vmid: 101 }));
    expectGolden('rendered/proxmox-tasks.txt', await ask('proxmox_tasks', {}));
    expectGolden('rendered/proxmox-backups.txt', await ask('proxmox_backups', {}));
  }));

test('a cluster that lost its quorum, and backups that fail', async () => {
  await asking('pve-quorum-lost', async (ask) =>
    expectGolden('rendered/proxmox-quorum-lost.txt', await ask('proxmox_overview', {})),
  );
  await asking('pve-backup-failing', async (ask) =>
    expectGolden('rendered/proxmox-backups-failing.txt', await ask('proxmox_backups', {})),
  );
});

test('pools, datasets and disks', () =>
  asking('disk-failing', async (ask) => {
    expectGolden('rendered/zfs-status.txt', await ask('zfs_status', {}));
    expectGolden('rendered/zfs-datasets.txt', await ask('zfs_datasets', {}));
    expectGolden('rendered/zfs-disks.txt', await ask('zfs_disks', {}));
  }));

test('a pool that is suspended', () =>
  asking('pool-suspended', async (ask) => {
    const text = await ask('zfs_status', {});
    expect(text).toContain('SUSPENDED');
    expectGolden('rendered/zfs-suspended.txt', text);
  }));
