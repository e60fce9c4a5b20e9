import * as z from 'zod';
import { poolVersion } from '../../../clients/zfs/versions.ts';
import { touchOf } from '../../../clients/zfs/writes.ts';
import { defineAction } from '../../define.ts';
import { vdevLine } from '../support/describe.ts';
import { demandSerial, diskUnder } from '../support/disks.ts';
import { followPool } from '../support/follow.ts';
import { Guid, Host, PoolName, Serial } from '../support/inputs.ts';
import { poolEffect, withState } from '../support/patch.ts';
import { readPool, stillSo, vdevIn, zfsTarget } from '../support/pools.ts';

const Input = z.strictObject({ host: Host, pool: PoolName, guid: Guid, serial: Serial });

export default defineAction({
  name: 'zfs_online_disk',
  title: 'Put a disk of a pool online again',
  description: 'Use a disk again that was offline or away; what it missed is resilvered.',
  signature: '{host, pool, guid, serial}',
  reversibility: 'reversible',
  needs: ['zfs'],
  input: Input,
  targets: ({ host, pool, guid }) => [zfsTarget(host, 'Pool', pool), zfsTarget(host, 'Vdev', `${pool}/${guid}`)],
  async plan({ host, pool: name, guid, serial }, { clients: { zfs }, signal }) {
    const { reader, pool, object } = await readPool(zfs, host, name, signal);
    const { vdev, top } = vdevIn(pool, guid);
    demandSerial(vdev, diskUnder(vdev, await reader.disks(signal)), serial);
    return {
      preview: `Pool ${host}/${name}: ${vdevLine(vdev, serial)} in ${top.name} goes online and is resilvered`,
      effects: [poolEffect(object, withState(pool, guid, 'ONLINE'))],
      preconditions: [stillSo(zfsTarget(host, 'Pool', name), poolVersion(pool))],
      touches: vdev.state === 'ONLINE' ? [] : [touchOf(host, { verb: 'online', pool: name, vdevGuid: guid })],
      undo: 'zfs_offline_disk.',
    };
  },
  async run({ host, pool, guid }, { clients: { zfs }, permit, signal }) {
    await (await zfs.host(host)).write({ verb: 'online', pool, vdevGuid: guid }, permit, signal);
  },
  async verify({ host, pool, guid }, _result, ctx) {
    const reader = await ctx.clients.zfs.host(host);
    return followPool({ reader, pool }, (now) => (vdevIn(now, guid).vdev.state === 'ONLINE' ? 'yes' : 'going'), ctx);
  },
});
