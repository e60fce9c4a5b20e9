import * as z from 'zod';
import type { ProxmoxDisk } from '../../world/proxmox/schema.ts';
import { type Change, changeOf } from '../../world/readings/change.ts';
import type { Readings } from '../../world/readings/contract.ts';
import { DISK_COUNTERS, type DiskMetric, diskReading } from '../../world/readings/observe.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { count, durationText, enumerate } from '../facts.ts';
import { keyOf, subjectOf } from './facts.ts';

export default defineCheck({
  id: 'P05',
  title: 'Every disk of a Proxmox host is healthy, has life left, and is no warmer than its like',
  severity: 'medium',
  why: 'A disk tells of its end before it comes: sectors that it could not read or gave up, life that is used up, heat that the others do not have.',
  needs: ['proxmoxDisks'],
  wants: ['readings'],
  params: z.strictObject({
    /** Growth is counted over so many days. */
    days: z.int().positive().default(7),
    minLifePercent: z.int().min(0).max(100).default(10),
    /** Degrees above the median of the disks of its kind. */
    warmerBy: z.int().positive().default(12),
  }),
  introduced: 'note',
  evaluate({ proxmoxDisks, readings }, { params, now }) {
    const past: Past = { readings, now, days: params.days };
    const medians = medianByKind([...proxmoxDisks.values()]);
    return [...proxmoxDisks.values()].flatMap((disk) => [
      // A disk that says it is failing has nothing to add to it.
      ...(/^FAILED/i.test(disk.health)
        ? [failing(disk)]
        : [...counted(disk, past), ...worn(disk, params.minLifePercent), ...wearing(disk, past)]),
      ...warm(disk, medians.get(kindOf(disk)), params.warmerBy),
    ]);
  },
});

interface Past {
  readonly readings: Readings | undefined;
  readonly now: Date;
  readonly days: number;
}

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
} as const satisfies Record<(typeof DISK_COUNTERS)[number], string>;

const changeOfDisk = (disk: ProxmoxDisk, metric: DiskMetric, past: Past): Change | undefined => {
  const reading = diskReading(disk, metric);
  return reading && changeOf(past.readings, reading, past);
};

/**
 * Sectors that it gave up are behind it; those it could not read are data that was lost, or may be. What grows is worse
 * than what is, and what has stood still for the whole time is an old story.
 */
function counted(disk: ProxmoxDisk, past: Past): readonly FoundFault[] {
  const { smart } = disk;
  const names = DISK_COUNTERS.filter((name) => (smart?.[name] ?? 0) > 0);
  if (smart === undefined || names.length === 0) return [];
  const changes = names.map((name) => ({ name, change: changeOfDisk(disk, name, past) }));
  const grown = changes.filter(({ change }) => (change?.grownBy ?? 0) > 0);
  const isStill = changes.every(({ change }) => change !== undefined && change.stillDays >= past.days);
  const counts = names.map((name) => count(smart[name] ?? 0, COUNTERS[name]));
  return [
    faultOf('errors', disk, {
      severity: grown.length > 0 ? 'high' : isStill || names.every((name) => name === 'reallocated') ? 'low' : 'medium',
      message: `${labelOf(disk)} has ${enumerate(counts)}${grown.length > 0 ? ', and they grow' : isStill ? `, and no more for ${past.days} days` : ''}.`,
      evidence: [
        factsOf(disk),
        ...grown.flatMap(({ name, change }) => (change ? [growthText(COUNTERS[name], change)] : [])),
      ],
      remedy:
        grown.length > 0
          ? 'See what hangs on it (depends_on), and replace it.'
          : 'Look again in a week: a count that grows means a new disk. Scrub what lies on it now.',
    }),
  ];
}

const growthText = (what: string, { grownBy, days }: Change): string =>
  `${count(grownBy, what)} more within ${durationText(days * 1440)}`;

/** Weeks that are left at the pace of the last one. */
const WEEKS_LEFT = 26;

/** Wear grows by nature: it is told when it grows so fast that the disk will not last half a year. */
function wearing(disk: ProxmoxDisk, past: Past): readonly FoundFault[] {
  const change = changeOfDisk(disk, 'wornPercent', past);
  const worn = disk.smart?.wornPercent ?? 0;
  // One point may be a rounding.
  if (change === undefined || change.grownBy < 2 || worn >= 100) return [];
  const weeks = ((100 - worn) / change.grownBy) * (change.days / 7);
  if (weeks >= WEEKS_LEFT) return [];
  return [
    faultOf('wearing', disk, {
      message: `${labelOf(disk)} wears out in ${durationText(weeks * 7 * 1440)} at the pace of the last ${durationText(change.days * 1440)}.`,
      evidence: [factsOf(disk), `${worn} % worn, ${change.grownBy} % of it within ${durationText(change.days * 1440)}`],
      remedy: 'See what writes so much to it, and order a new one.',
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
