import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type House, openHouse } from '../support/mcp-house.ts';

/**
 * Every action on guests through the whole gate, by a real MCP client on the lab: planned, approved where it asks, applied,
 * read back; each with a near miss that is refused, and the way back that its plan promises.
 */
let house: House;
beforeAll(async () => {
  house = await openHouse('pve-backup-server');
});
afterAll(() => house.close());

const CLUSTER = { cluster: 'home' };
const fresh = { vmid: 300, name: 'fresh' };
const plan = (action: string, input: object) => house.plan(`proxmox_${action}`, { ...CLUSTER, ...input });
const DONE = 'DONE and verified';

/** Planned and carried out; the person behind the client says yes when asked. */
async function change(action: string, input: object): Promise<string> {
  const planned = await plan(action, input);
  expect(planned).not.toContain('DENIED');
  const applied = await house.apply(planned);
  expect(`${action}: ${applied}`).toContain(DONE);
  return planned;
}

/** What asks for a second person: the client's own is not enough. */
async function changeBySecond(action: string, input: object): Promise<string> {
  const planned = await plan(action, input);
  expect(planned).toContain('ASKS FOR A PERSON');
  expect(await house.apply(planned)).toContain('approval_required');
  await house.approve(planned);
  expect(`${action}: ${await house.apply(planned)}`).toContain(DONE);
  return planned;
}
const guest = (vmid: number) => house.cluster.state.guests.get(vmid);

describe('a guest is made from a template', () => {
  test('and has what was asked for', async () => {
    const made = await change('create_guest', {
      vmid: 9000,
      name: 'debian-13-cloud',
      newid: 300,
      new_name: 'fresh',
      cores: 3,
      memory_mib: 1024,
      ip: '192.168.20.70/24,gw=192.168.20.1',
    });
    expect(made).toContain('+ memory: 1024');
    const now = guest(300);
    expect([now?.status, now?.config.get('cores'), now?.config.get('memory')]).toEqual(['stopped', '3', '1024']);
    expect(now?.config.get('ipconfig0')).toBe('ip=192.168.20.70/24,gw=192.168.20.1');
  });

  test('not under an id that is taken, not from what is no template, not from another than its name says', async () => {
    const template = { vmid: 9000, name: 'debian-13-cloud', new_name: 'again' };
    expect(await plan('create_guest', { ...template, newid: 300 })).toContain('id_taken');
    const from = { vmid: 160, name: 'home-assistant', new_name: 'again', newid: 310 };
    expect(await plan('create_guest', from)).toContain('not_a_template');
    expect(await plan('create_guest', { ...from, vmid: 9000 })).toContain('wrong_guest');
  });
});

describe('power', () => {
  test('start, reboot, reset, shutdown, stop: each was seen', async () => {
    await change('start_guest', fresh);
    expect(guest(300)?.status).toBe('running');
    const bootedAt = guest(300)?.startedAt ?? 0;
    await change('reboot_guest', fresh);
    expect(guest(300)?.startedAt).toBeGreaterThan(bootedAt);
    expect(await change('reset_guest', fresh)).toContain('ASKS');
    await change('shutdown_guest', fresh);
    expect(guest(300)?.status).toBe('stopped');
    // The way back that the plan named.
    await change('start_guest', fresh);
    expect(await change('stop_guest', fresh)).toContain('ASKS');
    expect(guest(300)?.status).toBe('stopped');
  });

  test('what is so already needs nothing; a template, a locked guest and a container without the button are refused', async () => {
    expect(await plan('stop_guest', fresh)).toMatch(/nothing|already/i);
    expect(await plan('start_guest', { vmid: 9000, name: 'debian-13-cloud' })).toMatch(/DENIED[\s\S]*is a template/);
    expect(await plan('reset_guest', { vmid: 201, name: 'unifi' })).toContain('proxmox_unsupported');
    const locked = guest(112);
    if (locked) locked.lock = 'backup';
    expect(await plan('shutdown_guest', { vmid: 112, name: 'k3s-agent-2' })).toMatch(/DENIED[\s\S]*locked \(backup\)/);
    if (locked) locked.lock = undefined;
  });

  test('a container under high availability is followed to its real state, and comes back', async () => {
    expect(await change('shutdown_guest', { vmid: 200, name: 'dns' })).toContain('high availability');
    expect(guest(200)?.status).toBe('stopped');
    await change('start_guest', { vmid: 200, name: 'dns' });
    expect(guest(200)?.status).toBe('running');
  });
});

describe('configuration and snapshots', () => {
  test('an option is set, and set back as the plan said', async () => {
    const planned = await change('configure_guest', { ...fresh, set: { tags: 'trial', memory: 2048 } });
    expect(planned).toContain('Undo: proxmox_configure_guest back to memory=1024, tags=(removed)');
    expect(guest(300)?.config.get('memory')).toBe('2048');
    await change('configure_guest', { ...fresh, set: { memory: 1024 }, remove: ['tags'] });
    expect([guest(300)?.config.get('memory'), guest(300)?.config.has('tags')]).toEqual(['1024', false]);
    expect(await plan('configure_guest', { ...fresh, set: { scsi1: 'local-lvm:8' } })).toMatch(
      /invalid|may be changed/,
    );
  });

  test('a snapshot, a rollback to it after a second yes, and its removal', async () => {
    await change('create_snapshot', { ...fresh, snapshot: 'before', description: 'before the trial' });
    expect(await plan('create_snapshot', { ...fresh, snapshot: 'before' })).toContain('snapshot_exists');
    await change('configure_guest', { ...fresh, set: { tags: 'later' } });
    await changeBySecond('rollback_snapshot', { ...fresh, snapshot: 'before' });
    expect(guest(300)?.config.has('tags')).toBe(false);
    await change('create_snapshot', { ...fresh, snapshot: 'after' });
    // A near miss: there is a newer one, which a rollback would lose.
    const older = await plan('rollback_snapshot', { ...fresh, snapshot: 'before' });
    expect(older).toMatch(/DENIED[\s\S]*newer snapshots than before/);
    expect(await plan('delete_snapshot', { ...fresh, snapshot: 'never' })).toContain('snapshot_not_found');
    await change('delete_snapshot', { ...fresh, snapshot: 'after' });
    // The last way back of a guest without a backup is not given up without a yes.
    expect(await change('delete_snapshot', { ...fresh, snapshot: 'before' })).toContain('the only way back');
    expect(guest(300)?.snapshots).toEqual([]);
  });
});

describe('copies and moves', () => {
  test('a full clone is somebody else; the id must be free', async () => {
    await change('clone_guest', { ...fresh, newid: 301, new_name: 'copy', full: true });
    expect(guest(301)?.config.get('smbios1')).not.toBe(guest(300)?.config.get('smbios1'));
    expect(await plan('clone_guest', { ...fresh, newid: 301, new_name: 'copy2', full: true })).toContain('id_taken');
  });

  test('local disks move only when that is said; what uses a device of its host does not move; the way back works', async () => {
    expect(await plan('migrate_guest', { ...fresh, target: 'pve2' })).toMatch(/DENIED[\s\S]*with_local_disks/);
    const planned = await change('migrate_guest', { ...fresh, target: 'pve2', with_local_disks: true });
    expect(planned).toContain('Undo: proxmox_migrate_guest back to pve1');
    expect(guest(300)?.node).toBe('pve2');
    await change('migrate_guest', { ...fresh, target: 'pve1', with_local_disks: true });
    expect(guest(300)?.node).toBe('pve1');
    const bound = { vmid: 114, name: 'k3s-agent-4', target: 'pve1', with_local_disks: true };
    expect(await plan('migrate_guest', bound)).toMatch(/DENIED[\s\S]*devices of its host: hostpci0/);
  });
});

describe('destroyed only when it can be restored', () => {
  test('not while its archive is unverified, and not while it runs', async () => {
    house.cluster.timing = { ...house.cluster.timing, verifyMs: 3_600_000 };
    expect(await plan('destroy_guest', fresh)).toMatch(/DENIED[\s\S]*no verified backup/);
    expect(await plan('run_backup', { ...fresh, storage: 'local-lvm' })).toContain('wrong_storage');
    expect(await plan('run_backup', { ...fresh, storage: 'nowhere' })).toContain('storage_not_found');
    await change('run_backup', { ...fresh, storage: 'pbs' });
    expect(await plan('destroy_guest', fresh)).toMatch(/DENIED[\s\S]*no verified backup[\s\S]*verified unknown/);
    verify(300, 'failed');
    expect(await plan('destroy_guest', fresh)).toMatch(/DENIED[\s\S]*verified failed/);
    verify(300, 'ok');
    await change('start_guest', fresh);
    expect(await plan('destroy_guest', fresh)).toMatch(/DENIED[\s\S]*not stopped/);
    await change('shutdown_guest', fresh);
  });

  test('not another than its name says, not a protected, replicated or highly available one, nor the base of others', async () => {
    expect(await plan('destroy_guest', { vmid: 300, name: 'copy' })).toContain('wrong_guest');
    expect(await plan('destroy_guest', { vmid: 150, name: 'nas' })).toMatch(/DENIED[\s\S]*protected/);
    expect(await plan('destroy_guest', { vmid: 200, name: 'dns' })).toMatch(/DENIED[\s\S]*high availability/);
    expect(await plan('destroy_guest', { vmid: 201, name: 'unifi' })).toMatch(/DENIED[\s\S]*replicated/);
    const linked = { vmid: 9001, name: 'alpine-cloud', newid: 320, new_name: 'linked' };
    await change('clone_guest', linked);
    expect(await plan('destroy_guest', { vmid: 9001, name: 'alpine-cloud' })).toMatch(
      /DENIED[\s\S]*stand on the disks/,
    );
  });

  test('a guest that took the id meanwhile makes the plan stale', async () => {
    const planned = await plan('destroy_guest', fresh);
    expect(planned).toContain('ASKS FOR A PERSON');
    await house.approve(planned);
    const other = guest(300);
    const uuid = other?.config.get('smbios1') ?? '';
    other?.config.set('smbios1', 'uuid=00000000-0000-4000-8000-000000000001');
    expect(await house.apply(planned)).toContain('stale_plan');
    other?.config.set('smbios1', uuid);
    expect(guest(300)).toBeDefined();
  });

  test('then it goes after a second yes, and comes back from the archive that the plan named', async () => {
    const planned = await changeBySecond('destroy_guest', { ...fresh, purge: true });
    expect(guest(300)).toBeUndefined();
    const [, archive = ''] = /Undo: proxmox_restore_backup of (\S+) to a new id/.exec(planned) ?? [];
    expect(archive).toMatch(/^pbs:backup\/vm\/300\//);
    const restore = { archive, newid: 302, node: 'pve2', storage: 'local-lvm' };
    expect(await plan('restore_backup', { ...restore, newid: 301 })).toContain('id_taken');
    expect(await plan('restore_backup', { ...restore, storage: 'pbs' })).toContain('wrong_storage');
    expect(await plan('restore_backup', { ...restore, archive: `${archive}x` })).toContain('archive_not_found');
    await change('restore_backup', restore);
    expect([guest(302)?.node, guest(302)?.status, guest(302)?.config.get('name')]).toEqual([
      'pve2',
      'stopped',
      'fresh',
    ]);
    expect(guest(302)?.config.get('memory')).toBe('1024');
  });

  /** What the backup server says of the archives of a guest. */
  function verify(vmid: number, state: 'ok' | 'failed'): void {
    for (const volume of house.cluster.state.volumes)
      if (volume.content === 'backup' && volume.vmid === vmid) volume.verified = state;
  }
});
