import { sshRunner } from '../../src/clients/ssh/runner.ts';
import { createZfsClient } from '../../src/clients/zfs/client.ts';
import { zfsCommands } from '../../src/clients/zfs/commands.ts';
import type { ZfsHosts, ZfsWriter } from '../../src/clients/zfs/contract.ts';
import { createZfsHosts } from '../../src/clients/zfs/hosts.ts';
import type { CheckPermit } from '../../src/core/permit.ts';
import type { Lab } from '../../src/lab/lab.ts';

/** The product's own clients on the ZFS hosts of a lab, over SSH; undefined when it has none. */
export function zfsOf(
  { zfs }: Pick<Lab, 'zfs'>,
  checkPermit: CheckPermit = () => {
    throw new Error('nothing is written here');
  },
): { readonly hosts: ZfsHosts<ZfsWriter>; close(): Promise<void> } | undefined {
  if (zfs === undefined) return undefined;
  const runners = zfs.map(({ name, host, port, user, privateKey, hostKey }) =>
    sshRunner({ name, address: host, port, user, privateKey, hostKey, specs: zfsCommands, checkPermit }),
  );
  return {
    hosts: createZfsHosts(runners.map((runner) => createZfsClient({ runner }))),
    async close() {
      await Promise.all(runners.map((runner) => runner.close()));
    },
  };
}
