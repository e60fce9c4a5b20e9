import type { HostDisk } from '../../../clients/zfs/contract.ts';
import type { Pool } from '../../../clients/zfs/model.ts';
import type { Effect } from '../../../core/effect.ts';
import { diskName, diskObject, zfsKey } from '../../../world/zfs/objects.ts';

/** The new disk as part of the pool. */
export const newMemberEffect = (host: string, disk: HostDisk, pool: Pool): Effect => ({
  op: 'put',
  part: 'zfsDisks',
  id: zfsKey(host, diskName(disk.id)),
  value: diskObject(host, { ...disk, uses: [...disk.uses, 'holds zfs_member'] }, [pool]),
});
