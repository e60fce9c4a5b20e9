import * as z from 'zod';
import type { Vdev } from '../../../clients/zfs/model.ts';
import { diskVersion, poolVersion } from '../../../clients/zfs/versions.ts';
import { touchOf } from '../../../clients/zfs/writes.ts';
import { defineAction } from '../../define.ts';
import { diskLine, redundancyLine } from '../support/describe.ts';
import { leafAt, newDisk } from '../support/disks.ts';
import { followPool } from '../support/follow.ts';
import { DiskPath, Guid, Host, PoolName, Serial } from '../support/inputs.ts';
import { newMemberEffect } from '../support/member.ts';
import { poolEffect, withAttached } from '../support/patch.ts';
import { readPool, stillSo, vdevIn, zfsTarget } from '../support/pools.ts';

const Input = z.strictObject({ host: Host, pool: PoolName, guid: Guid, new_disk: DiskPath, new_serial: Serial });

/** What had no redundancy before would have none again: that is for a person. */
const wayBack = (top: Vdev): string =>
  top.type === 'mirror' && top.children.length > 1
    ? 'zfs_detach_disk of the new disk, once it is resilvered.'
    : 'A person at a shell: zpool detach.';

export default defineAction({
  name: 'zfs_attach_disk',
  title: 'Attach a disk to a vdev',
  description:
    'Make a mirror of a lone disk, add a side to a mirror, or widen a raidz vdev (guid of the vdev itself; can never be undone).',
  signature: '{host, pool, guid, new_disk, new_serial}',
  reversibility: 'externally_reversible',
  needs: ['zfs'],
  input: Input,
  targets: ({ host, pool, guid, new_disk }) => [
    zfsTarget(host, 'Pool', pool),
    zfsTarget(host, 'Vdev', `${pool}/${guid}`),
    zfsTarget(host, 'Disk', new_disk),
  ],
  async plan({ host, pool: name, guid, new_disk, new_serial }, { clients: { zfs }, signal }) {
    const { reader, pool, object } = await readPool(zfs, host, name, signal);
    const { vdev, top } = vdevIn(pool, guid);
    const fresh = newDisk(await reader.disks(signal), new_disk, new_serial);
    const after = withAttached(pool, guid, fresh.id);
    const isExpansion = vdev.type === 'raidz';
    return {
      preview: [
        redundancyLine(pool, top),
        `Pool ${host}/${name}: ${vdev.name} gets a disk more${isExpansion ? '. A raidz vdev that was widened can never be made narrower again' : ''}`,
        `new: ${diskLine(fresh)}`,
      ].join('\n'),
      effects: [poolEffect(object, after), newMemberEffect(host, fresh, after)],
      preconditions: [
        stillSo(zfsTarget(host, 'Pool', name), poolVersion(pool)),
        stillSo(zfsTarget(host, 'Disk', fresh.id), diskVersion(fresh)),
      ],
      touches: [touchOf(host, { verb: 'attach', pool: name, vdevGuid: guid, disk: new_disk })],
      undo: isExpansion ? null : wayBack(top),
      ...(isExpansion && { reversibility: 'irreversible' as const }),
    };
  },
  async run({ host, pool, guid, new_disk }, { clients: { zfs }, permit, signal }) {
    await (await zfs.host(host)).write({ verb: 'attach', pool, vdevGuid: guid, disk: new_disk }, permit, signal);
  },
  async verify({ host, pool, new_disk }, _result, ctx) {
    const reader = await ctx.clients.zfs.host(host);
    const names = (await reader.disks(ctx.signal)).find(({ allIds }) => allIds.includes(new_disk))?.allIds ?? [
      new_disk,
    ];
    return followPool(
      { reader, pool },
      (now) => {
        const leaf = names.map((name) => leafAt(now, name)).find((one) => one !== undefined);
        if (leaf === undefined) return 'no';
        const isWorking = now.work.some(({ kind, state }) => kind === 'raidz_expansion' && state === 'running');
        return leaf.state === 'ONLINE' && !isWorking ? 'yes' : 'going';
      },
      ctx,
    );
  },
});
