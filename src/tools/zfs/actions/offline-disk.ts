import * as z from 'zod';
import { diskVersion, poolVersion } from '../../../clients/zfs/versions.ts';
import { touchOf } from '../../../clients/zfs/writes.ts';
import { defineAction } from '../../define.ts';
import { redundancyLine, vdevLine } from '../support/describe.ts';
import { demandSerial, diskUnder } from '../support/disks.ts';
import { Guid, Host, PoolName, Serial } from '../support/inputs.ts';
import { poolEffect, withState } from '../support/patch.ts';
import { readPool, stillSo, vdevIn, zfsTarget } from '../support/pools.ts';

const Input = z.strictObject({ host: Host, pool: PoolName, guid: Guid, serial: Serial });

export default defineAction({
  name: 'zfs_offline_disk',
  title: 'Take a disk out of a pool for a while',
  description: 'Stop using one disk; it can be put online again. Guid and serial come from zfs_disks.',
  signature: '{host, pool, guid, serial}',
  reversibility: 'reversible',
  needs: ['zfs'],
  input: Input,
  targets: ({ host, pool, guid }) => [zfsTarget(host, 'Pool', pool), zfsTarget(host, 'Vdev', `${pool}/${guid}`)],
  async plan({ host, pool: name, guid, serial }, { clients: { zfs }, signal }) {
    const { reader, pool, object } = await readPool(zfs, host, name, signal);
    const { vdev, top } = vdevIn(pool, guid);
    const disk = diskUnder(vdev, await reader.disks(signal));
    demandSerial(vdev, disk, serial);
    const after = withState(pool, guid, 'OFFLINE');
    const topAfter = after.vdevs.find(({ guid: own, name: row }) => own === top.guid && row === top.name) ?? top;
    return {
      preview: [
        redundancyLine(after, topAfter),
        `Pool ${host}/${name}: ${vdevLine(vdev, serial)} in ${top.name} goes offline; the pool becomes ${after.state}`,
      ].join('\n'),
      effects: [poolEffect(object, after)],
      preconditions: [
        stillSo(zfsTarget(host, 'Pool', name), poolVersion(pool)),
        ...(disk ? [stillSo(zfsTarget(host, 'Disk', disk.id), diskVersion(disk))] : []),
      ],
      touches: [touchOf(host, { verb: 'offline', pool: name, vdevGuid: guid })],
      undo: 'zfs_online_disk; what was written meanwhile is resilvered.',
    };
  },
  async run({ host, pool, guid }, { clients: { zfs }, permit, signal }) {
    await (await zfs.host(host)).write({ verb: 'offline', pool, vdevGuid: guid }, permit, signal);
  },
  async verify({ host, pool: name, guid }, _result, { clients: { zfs }, signal }) {
    const { pool } = await readPool(zfs, host, name, signal);
    const { vdev, top } = vdevIn(pool, guid);
    return {
      ok: vdev.state === 'OFFLINE' ? 'yes' : 'no',
      evidence: [`${vdev.name} is ${vdev.state}`, redundancyLine(pool, top)],
    };
  },
});
