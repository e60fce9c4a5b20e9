import type { ZfsHost, ZfsPartName, ZfsPool } from '../../world/zfs/schema.ts';
import type { FoundFault, Subject } from '../define.ts';

/** `Pool pve1/tank`: as targets are written. */
export const poolLabel = ({ metadata }: ZfsPool): string => `Pool ${poolId(metadata)}`;

export const poolId = ({
  namespace,
  name,
}: {
  readonly namespace?: string | undefined;
  readonly name: string;
}): string => `${namespace ?? ''}/${name}`;

/** Hosts of which this could not be read: reported for each check that needs it, and never counted as health. */
export function unreadHosts(
  check: string,
  hosts: ReadonlyMap<string, ZfsHost>,
  ...parts: readonly ('pools' | 'datasets' | 'snapshots' | 'disks' | 'arc')[]
): readonly FoundFault[] {
  return [...hosts].flatMap(([name, { unread }]): readonly FoundFault[] => {
    const gaps = unread.filter(({ what }) => parts.some((part) => part === what));
    if (gaps.length === 0) return [];
    return [
      {
        target: `Host ${name}`,
        message: `What ZFS on ${name} has could not be read: ${gaps[0]?.reason ?? ''}`,
        evidence: gaps.map(({ what, reason }) => `${what}: ${reason}`),
        remedy: 'See whether the host is up and lets steward in; zfs_status says more.',
        fingerprint: `${check}:unread:${name}`,
        lessons: [],
        unknown: true,
      },
    ];
  });
}

/** The object whose user properties (`steward.dev:accept`) may accept a finding. */
export const subjectOf = (part: ZfsPartName, { metadata }: Pick<ZfsPool, 'metadata'>): Subject => ({
  part,
  id: poolId(metadata),
});

/** By the tool, by the kernel, or by the message; the vdevs may all say ONLINE. */
export const isSuspended = ({ pool, kernelState }: ZfsPool): boolean =>
  pool.state === 'SUSPENDED' || kernelState === 'SUSPENDED' || (pool.msgid ?? '').endsWith('-HC');
