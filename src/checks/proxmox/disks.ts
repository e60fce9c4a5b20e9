import * as z from 'zod';
import type { ProxmoxDisk } from '../../world/proxmox/schema.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { count, enumerate } from '../facts.ts';
import { keyOf, subjectOf } from './facts.ts';

export default defineCheck({
  id: 'P05',
  title: 'Every disk of a Proxmox host is healthy, has life left, and is no warmer than its like',
  severity: 'medium',
  why: 'A disk tells of its end before it comes: sectors that it could not read or gave up, life that is used up, heat that the others do not have.',
  needs: ['proxmoxDisks'],
  params: z.strictObject({
    minLifePercent: z.int().min(0).max(100).default(10),
    /** Degrees above the median of the disks of its kind. */
    warmerBy: z.int().positive().default(12),
  }),
  introduced: 'note',
  evaluate({ proxmoxDisks }, { params }) {
    const medians = medianByKind([...proxmoxDisks.values()]);
    return [...proxmoxDisks.values()].flatMap((disk) => [
      // A disk that says it is failing has nothing to add to it.
      ...(/^FAILED/i.test(disk.health) ? [failing(disk)] : [...counted(disk), ...worn(disk, params.minLifePercent)]),
      ...warm(disk, medians.get(kindOf(disk)), params.warmerBy),
    ]);
  },
});

const labelOf = (disk: ProxmoxDisk): string => `Disk ${keyOf(disk.metadata)}`;
const factsOf = (disk: ProxmoxDisk): string =>
  `${disk.model}, serial ${disk.serial}, used for ${disk.used || 'nothing'}`;

const faultOf = (
  kind: string,
  disk: ProxmoxDisk,
  own: Pick<FoundFault, 'message' | 'remedy'> & Partial<FoundFault>,
): FoundFault => ({
  target: labelOf(disk),
  subject: subjectOf('proxmoxDisks', disk),
  evidence: [factsOf(disk)],
  fingerprint: `P05:${kind}:${disk.serial || keyOf(disk.metadata)}`,
  lessons: ['smart-media-errors-trend'],
  ...own,
});

const failing = (disk: ProxmoxDisk): FoundFault =>
  faultOf('failed', disk, {
    severity: 'critical',
    message: `${labelOf(disk)} says that it is failing.`,
    remedy: 'See what hangs on it (depends_on), then replace it.',
  });

const COUNTERS = {
  uncorrectable: 'uncorrectable error',
  pending: 'pending sector',
  mediaErrors: 'media error',
  reallocated: 'reallocated sector',
} as const;

/** Sectors that it gave up are behind it; those it could not read are data that was lost, or may be. */
function counted(disk: ProxmoxDisk): readonly FoundFault[] {
  const { smart } = disk;
  // sound: the names of that very object
  const names = (Object.keys(COUNTERS) as (keyof typeof COUNTERS)[]).filter((name) => (smart?.[name] ?? 0) > 0);
  if (smart === undefined || names.length === 0) return [];
  const counts = names.map((name) => count(smart[name] ?? 0, COUNTERS[name]));
  return [
    faultOf('errors', disk, {
      ...(names.every((name) => name === 'reallocated') && { severity: 'low' as const }),
      message: `${labelOf(disk)} has ${enumerate(counts)}.`,
      remedy: 'Look again in a week: a count that grows means a new disk. Scrub what lies on it now.',
    }),
  ];
}

/** Of the two that Proxmox and the disk tell, the worse one. */
function worn(disk: ProxmoxDisk, minLife: number): readonly FoundFault[] {
  const { wornPercent } = disk.smart ?? {};
  const left = Math.min(disk.wearout ?? 100, wornPercent === undefined ? 100 : Math.max(0, 100 - wornPercent));
  return left > minLife
    ? []
    : [
        faultOf('wear', disk, {
          message: `${labelOf(disk)} has ${left} % of its life left.`,
          remedy: 'Order a new one; replace it before it turns read-only.',
        }),
      ];
}

const kindOf = ({ type }: ProxmoxDisk): string => type;

/** A median takes three: of two disks nobody knows which one is the warm one. */
const FLEET = 3;

function medianByKind(disks: readonly ProxmoxDisk[]): ReadonlyMap<string, number> {
  const byKind = Map.groupBy(disks, kindOf);
  return new Map(
    [...byKind].flatMap(([kind, own]) => {
      const all = own.flatMap(({ smart }) => smart?.temperature ?? []).sort((a, b) => a - b);
      const median = all[all.length >> 1];
      return median === undefined || all.length < FLEET ? [] : [[kind, median] as const];
    }),
  );
}

function warm(disk: ProxmoxDisk, median: number | undefined, by: number): readonly FoundFault[] {
  const temperature = disk.smart?.temperature;
  if (temperature === undefined || median === undefined || temperature <= median + by) return [];
  return [
    faultOf('warm', disk, {
      message: `${labelOf(disk)} has ${temperature} °C, where the disks of its kind have ${median} °C.`,
      remedy: 'See whether air reaches it: fans, dust, a heat sink that is missing.',
      lessons: ['thermal-stock-chassis'],
    }),
  ];
}
