import * as z from 'zod';
import { type Pool, type Vdev, walkVdevs } from '../../../clients/zfs/model.ts';
import { diskVersion, poolVersion } from '../../../clients/zfs/versions.ts';
import { touchOf } from '../../../clients/zfs/writes.ts';
import { defineAction } from '../../define.ts';
import { redundancyLine, vdevLine } from '../support/describe.ts';
import { demandSerial, diskUnder } from '../support/disks.ts';
import { Guid, Host, PoolName, Serial } from '../support/inputs.ts';
import { poolEffect, withDetached } from '../support/patch.ts';
import { readPool, stillSo, vdevIn, zfsTarget } from '../support/pools.ts';

const Input = z.strictObject({ host: Host, pool: PoolName, guid: Guid, serial: Serial.optional() });

export default defineAction({
  name: 'zfs_detach_disk',
  title: 'Take a side out of a mirror',
  description:
    'Detach one disk of a mirror that keeps redundancy without it, or one side of an unfinished replacement. A disk that the host does not show any more is named by its guid alone.',
  signature: '{host, pool, guid, serial: unless the disk is gone}',
  reversibility: 'externally_reversible',
  needs: ['zfs'],
  input: Input,
  targets: ({ host, pool, guid }) => [zfsTarget(host, 'Pool', pool), zfsTarget(host, 'Vdev', `${pool}/${guid}`)],
  async plan({ host, pool: name, guid, serial }, { clients: { zfs }, signal }) {
    const { reader, pool, object } = await readPool(zfs, host, name, signal);
    const { vdev, top } = vdevIn(pool, guid);
    const disk = diskUnder(vdev, await reader.disks(signal));
    // What the host does not show has no serial that could be compared.
    if (disk !== undefined || serial !== undefined) demandSerial(vdev, disk, serial ?? '');
    const after = withDetached(pool, guid);
    return {
      preview: [
        redundancyLine(after, restOf(after, top, guid)),
        `Pool ${host}/${name}: ${vdevLine(vdev, serial)} leaves ${top.name} for good; its label is gone then`,
      ].join('\n'),
      effects: [poolEffect(object, after)],
      preconditions: [
        stillSo(zfsTarget(host, 'Pool', name), poolVersion(pool)),
        ...(disk ? [stillSo(zfsTarget(host, 'Disk', disk.id), diskVersion(disk))] : []),
      ],
      touches: [touchOf(host, { verb: 'detach', pool: name, vdevGuid: guid })],
      undo: 'zfs_attach_disk of the same disk to one that stayed, and a resilver.',
    };
  },
  async run({ host, pool, guid }, { clients: { zfs }, permit, signal }) {
    await (await zfs.host(host)).write({ verb: 'detach', pool, vdevGuid: guid }, permit, signal);
  },
  async verify({ host, pool: name, guid }, _result, { clients: { zfs }, signal }) {
    const { pool } = await readPool(zfs, host, name, signal);
    const isThere = [...walkVdevs(pool.vdevs)].some((vdev) => vdev.guid === guid);
    return {
      ok: isThere ? 'no' : 'yes',
      evidence: [`guid ${guid} is ${isThere ? 'still' : 'not'} in ${name}, which is ${pool.state}`],
    };
  },
});

/** The top-level row as it is then: the same one, or the disk that is left of it. */
function restOf(after: Pool, top: Vdev, guid: string): Vdev {
  const kept = new Set([...walkVdevs([top])].map((vdev) => vdev.guid).filter((one) => one !== guid));
  return after.vdevs.find((vdev) => kept.has(vdev.guid)) ?? top;
}
