import * as z from 'zod';
import { sizeText } from '../../core/size.ts';
import type { ProxmoxStorage, ProxmoxThinPool } from '../../world/proxmox/schema.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { keyOf, subjectOf } from './facts.ts';

const THIN: ReadonlySet<string> = new Set(['lvmthin', 'zfspool', 'rbd']);

export default defineCheck({
  id: 'P04',
  title: 'Every storage of Proxmox can be reached, and no thin pool runs full',
  severity: 'critical',
  why: 'A full thin pool stops every guest on it in the middle of a write, and it is full as well when its metadata is.',
  needs: ['proxmoxStorages', 'proxmoxNodes'],
  wants: ['proxmoxThinPools'],
  params: z.strictObject({
    thinPercent: z.int().min(1).max(100).default(85),
    metadataPercent: z.int().min(1).max(100).default(70),
    fullPercent: z.int().min(1).max(100).default(95),
  }),
  introduced: 'ask',
  evaluate({ proxmoxStorages, proxmoxNodes, proxmoxThinPools }, { params }) {
    const seen = new Set<string>();
    const storages = [...proxmoxStorages.values()].flatMap((storage): readonly FoundFault[] => {
      // What lies on a host that is down is told by P01.
      if (proxmoxNodes.get(`${storage.metadata.namespace ?? ''}/${storage.node}`)?.online === false) return [];
      const own =
        storage.shared && storage.active
          ? `${storage.metadata.namespace ?? ''}/${storage.storage}`
          : keyOf(storage.metadata);
      if (seen.has(own)) return [];
      seen.add(own);
      return judge(storage, own, params);
    });
    const pools = [...(proxmoxThinPools?.values() ?? [])].flatMap((pool) =>
      judgeMetadata(pool, params.metadataPercent),
    );
    return [...storages, ...pools];
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
      evidence: [`type ${storage.type}, ${sizeText(storage.usedBytes)} of ${sizeText(storage.totalBytes)}`],
      remedy: isThin
        ? 'Free space now (old snapshots, unused disks), or grow the pool: guests stop when it is full.'
        : 'Free space, or move something away.',
      fingerprint: `P04:full:${id}`,
    },
  ];
}

function judgeMetadata(pool: ProxmoxThinPool, limit: number): readonly FoundFault[] {
  const { metadata, metadataBytes, metadataUsedBytes } = pool;
  const percent = metadataBytes === 0 ? 0 : Math.floor((metadataUsedBytes / metadataBytes) * 100);
  if (percent < limit) return [];
  const label = `Thin pool ${keyOf(metadata)}`;
  return [
    {
      target: label,
      subject: subjectOf('proxmoxThinPools', pool),
      message: `The metadata of thin pool ${keyOf(metadata)} is ${percent} % full.`,
      evidence: [`${Math.round(metadataUsedBytes / 2 ** 20)} of ${Math.round(metadataBytes / 2 ** 20)} MiB`],
      remedy: `Grow it on the host (lvextend --poolmetadatasize), and delete snapshots that nobody needs.`,
      fingerprint: `P04:metadata:${keyOf(metadata)}`,
      lessons: [],
    },
  ];
}
