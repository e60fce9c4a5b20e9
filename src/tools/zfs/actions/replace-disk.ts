import * as z from 'zod';
import type { Pool } from '../../../clients/zfs/model.ts';
import { diskVersion, poolVersion } from '../../../clients/zfs/versions.ts';
import { touchOf } from '../../../clients/zfs/writes.ts';
import { defineAction } from '../../define.ts';
import { diskLine, redundancyLine, vdevLine } from '../support/describe.ts';
import { diskUnder, leafAt, newDisk } from '../support/disks.ts';
import { followPool } from '../support/follow.ts';
import { DiskPath, Guid, Host, PoolName, Serial } from '../support/inputs.ts';
import { newMemberEffect } from '../support/member.ts';
import { poolEffect, withReplacement } from '../support/patch.ts';
import { readPool, stillSo, vdevIn, zfsTarget } from '../support/pools.ts';

const Input = z.strictObject({ host: Host, pool: PoolName, guid: Guid, new_disk: DiskPath, new_serial: Serial });

export default defineAction({
  name: 'zfs_replace_disk',
  title: 'Replace a disk of a pool',
  description:
    'Put an empty disk in the place of another one and resilver. The old one is named by its guid, the new one by path and serial (zfs_disks).',
  signature: '{host, pool, guid, new_disk: /dev/disk/by-id/..., new_serial}',
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
    const disks = await reader.disks(signal);
    const fresh = newDisk(disks, new_disk, new_serial);
    const after = withReplacement(pool, guid, fresh.id);
    return {
      preview: [
        redundancyLine(pool, top),
        `Pool ${host}/${name}, ${top.name}: one disk is replaced, then resilvered`,
        `old: ${vdevLine(vdev, diskUnder(vdev, disks)?.serial)}`,
        `new: ${diskLine(fresh)}`,
      ].join('\n'),
      effects: [poolEffect(object, after), newMemberEffect(host, fresh, after)],
      preconditions: [
        stillSo(zfsTarget(host, 'Pool', name), poolVersion(pool)),
        stillSo(zfsTarget(host, 'Disk', fresh.id), diskVersion(fresh)),
      ],
      touches: [touchOf(host, { verb: 'replace', pool: name, vdevGuid: guid, disk: new_disk })],
      undo: 'The old disk can come back with zfs_replace_disk, if it still works; its label is gone.',
    };
  },
  async run({ host, pool, guid, new_disk }, { clients: { zfs }, permit, signal }) {
    await (await zfs.host(host)).write({ verb: 'replace', pool, vdevGuid: guid, disk: new_disk }, permit, signal);
  },
  async verify({ host, pool, guid, new_disk }, _result, ctx) {
    const reader = await ctx.clients.zfs.host(host);
    const names = (await reader.disks(ctx.signal)).find(({ allIds }) => allIds.includes(new_disk))?.allIds ?? [
      new_disk,
    ];
    return followPool({ reader, pool }, (now) => testOf(now, guid, names), ctx);
  },
});

/** The new disk is in and works; while the old one stands beside it, the resilver has not ended. */
function testOf(pool: Pool, guid: string, names: readonly string[]): 'yes' | 'no' | 'going' {
  const fresh = names.map((name) => leafAt(pool, name)).find((leaf) => leaf !== undefined);
  if (fresh === undefined) return 'no';
  const text = JSON.stringify(pool.vdevs);
  return fresh.state === 'ONLINE' && !text.includes(`"guid":"${guid}"`) ? 'yes' : 'going';
}
