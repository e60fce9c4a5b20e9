import * as z from 'zod';
import type { ZfsReader } from '../../../clients/zfs/contract.ts';
import { vdevsWithErrors } from '../../../clients/zfs/health.ts';
import type { Pool, Vdev } from '../../../clients/zfs/model.ts';
import { errorsVersion } from '../../../clients/zfs/versions.ts';
import { touchOf } from '../../../clients/zfs/writes.ts';
import { isLeaf, nameOf, walkVdevs } from '../../../world/zfs/health.ts';
import { defineAction } from '../../define.ts';
import { errorsText } from '../support/describe.ts';
import { diskUnder } from '../support/disks.ts';
import { Host, PoolName } from '../support/inputs.ts';
import { poolEffect, withoutErrors } from '../support/patch.ts';
import { readPool, stillSo, zfsTarget } from '../support/pools.ts';
import { smartOf } from '../support/smart.ts';

const Input = z.strictObject({ host: Host, pool: PoolName });
const MOST = 40;

export default defineAction({
  name: 'zfs_clear_errors',
  title: 'Clear the errors of a pool',
  description:
    'Forget counted errors, or wake a suspended pool once its disks are back. The plan keeps what is forgotten.',
  signature: '{host, pool}',
  reversibility: 'irreversible',
  needs: ['zfs'],
  input: Input,
  targets: ({ host, pool }) => [zfsTarget(host, 'Pool', pool)],
  async plan({ host, pool: name }, { clients: { zfs }, signal }) {
    const { reader, pool, object } = await readPool(zfs, host, name, signal);
    const failing = await failingIn(pool, reader, signal);
    const after = withoutErrors(pool, new Set(failing.map(({ guid }) => guid)));
    return {
      preview: [
        `Pool ${host}/${name} (${pool.state}): these errors are forgotten, this plan is their record`,
        ...recordOf(pool),
      ].join('\n'),
      effects: [
        {
          ...poolEffect(object, after),
          op: 'put',
          value: { ...object, pool: after, ...(object.kernelState !== undefined && { kernelState: after.state }) },
        },
      ],
      preconditions: [stillSo(zfsTarget(host, 'PoolErrors', name), errorsVersion(pool))],
      touches: [touchOf(host, { verb: 'clear', pool: name })],
      undo: null,
      warnings: [
        ...(pool.state === 'SUSPENDED' ? ['On a suspended pool it can hang; then it is in doubt.'] : []),
        ...failing.map(
          (vdev) =>
            `${nameOf(vdev)} fails by its own SMART: it comes back for a while and then goes again. Replace it (zfs_replace_disk).`,
        ),
      ],
    };
  },
  async run({ host, pool }, { clients: { zfs }, permit, signal }) {
    await (await zfs.host(host)).write({ verb: 'clear', pool }, permit, signal);
  },
  async verify({ host, pool: name }, _result, { clients: { zfs }, signal }) {
    const reader = await zfs.host(host);
    const kernel = await reader.kernelState(name, signal);
    if (kernel === 'SUSPENDED') return { ok: 'no', evidence: [`${name} is still suspended`] };
    const pool = (await reader.pools(signal)).find((one) => one.name === name);
    if (pool === undefined) return { ok: 'unknown', evidence: [`${name} is not in the status`] };
    const counted = vdevsWithErrors(pool);
    const evidence = [
      `${name} is ${pool.state}, kernel: ${kernel}`,
      ...counted.map((vdev) => `${nameOf(vdev)}${errorsText(vdev)}`),
    ];
    return { ok: counted.length === 0 ? 'yes' : 'no', evidence };
  },
});

/** Disks out of service that say of themselves that they fail. A suspended pool, or a host without SMART, has none that are known. */
async function failingIn(pool: Pool, reader: ZfsReader, signal: AbortSignal): Promise<readonly Vdev[]> {
  const faulted = [...walkVdevs(pool.vdevs)].filter((vdev) => isLeaf(vdev) && vdev.state === 'FAULTED');
  if (faulted.length === 0 || pool.state === 'SUSPENDED') return [];
  const disks = await reader.disks(signal);
  const found = await Promise.all(
    faulted.map(async (vdev) => {
      const disk = diskUnder(vdev, disks);
      if (disk === undefined) return [];
      const smart = await reader.smart(disk.id, signal).catch(() => undefined); // what cannot be read warns of nothing
      return smartOf(smart)?.isFailing === true ? [vdev] : [];
    }),
  );
  return found.flat();
}

function recordOf(pool: Pool): readonly string[] {
  const { dataErrors } = pool;
  const counted = vdevsWithErrors(pool).map((vdev) => `${nameOf(vdev)}${errorsText(vdev)}`);
  const names = dataErrors.state === 'listed' ? dataErrors.names : [];
  return [
    ...counted.slice(0, MOST),
    ...(counted.length > MOST ? [`and ${counted.length - MOST} more disks`] : []),
    `data errors: ${dataErrors.count ?? 'not known'}${dataErrors.state === 'unlisted' ? `, not listed (${dataErrors.reason})` : ''}`,
    ...names.slice(0, MOST),
    ...(names.length > MOST ? [`and ${names.length - MOST} more names`] : []),
  ];
}
