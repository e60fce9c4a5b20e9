import * as z from 'zod';
import type { ProxmoxStorage } from '../../world/proxmox/schema.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { keyOf, subjectOf } from './facts.ts';

const THIN: ReadonlySet<string> = new Set(['lvmthin', 'zfspool', 'rbd']);

export default defineCheck({
  id: 'P04',
  title: 'Every storage of Proxmox can be reached, and no thin pool runs full',
  severity: 'critical',
  why: 'A full thin pool stops every guest on it in the middle of a write. The metadata of a thin pool is not in the API: lvs on the host shows it.',
  needs: ['proxmoxStorages', 'proxmoxNodes'],
  params: z.strictObject({
    thinPercent: z.int().min(1).max(100).default(85),
    fullPercent: z.int().min(1).max(100).default(95),
  }),
  introduced: 'ask',
  evaluate({ proxmoxStorages, proxmoxNodes }, params) {
    const seen = new Set<string>();
    return [...proxmoxStorages.values()].flatMap((storage): readonly FoundFault[] => {
      // What lies on a host that is down is told by P01.
      if (proxmoxNodes.get(`${storage.metadata.namespace ?? ''}/${storage.node}`)?.online === false) return [];
      const own =
        storage.shared && storage.active
          ? `${storage.metadata.namespace ?? ''}/${storage.storage}`
          : keyOf(storage.metadata);
      if (seen.has(own)) return [];
      seen.add(own);
      return judge(storage, own, params.params);
    });
  },
});

function judge(
  storage: ProxmoxStorage,
  id: string,
  limits: { readonly thinPercent: number; readonly fullPercent: number },
): readonly FoundFault[] {
  const common = { target: `Storage ${id}`, subject: subjectOf('proxmoxStorages', storage), lessons: [] };
  if (!storage.active)
    return [
      {
        ...common,
        severity: 'high',
        message: `Storage ${id} cannot be reached.`,
        evidence: [`type ${storage.type} on ${storage.node}`],
        remedy: 'See whether its server is up; guests on it hang, and backups to it fail.',
        fingerprint: `P04:inactive:${id}`,
      },
    ];
  if (storage.totalBytes === 0) return [];
  const percent = Math.floor((storage.usedBytes / storage.totalBytes) * 100);
  const isThin = THIN.has(storage.type);
  if (percent < (isThin ? limits.thinPercent : limits.fullPercent)) return [];
  return [
    {
      ...common,
      ...(!isThin && { severity: 'high' as const }),
      message: `Storage ${id} is ${percent} % full.`,
      evidence: [
        `type ${storage.type}, ${Math.round(storage.usedBytes / 2 ** 30)} of ${Math.round(storage.totalBytes / 2 ** 30)} GiB`,
      ],
      remedy: isThin
        ? 'Free space now (old snapshots, unused disks), or grow the pool: guests stop when it is full.'
        : 'Free space, or move something away.',
      fingerprint: `P04:full:${id}`,
    },
  ];
}
