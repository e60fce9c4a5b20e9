import type { LabDataset, LabPool } from '../model.ts';
import { lineOf as namesAbove, usageOf } from '../space.ts';

/** Settable properties with their defaults, in the order of `zfs get all`. */
const DEFAULTS: readonly (readonly [string, string])[] = [
  ['quota', '0'],
  ['reservation', '0'],
  ['recordsize', '131072'],
  ['checksum', 'on'],
  ['compression', 'on'],
  ['atime', 'on'],
  ['readonly', 'off'],
  ['snapdir', 'hidden'],
  ['copies', '1'],
  ['refquota', '0'],
  ['refreservation', '0'],
  ['dedup', 'off'],
  ['sync', 'standard'],
  ['relatime', 'on'],
  ['special_small_blocks', '0'],
];
/** Sizes of one dataset alone; every other setting is handed down. */
const OWN: ReadonlySet<string> = new Set(['quota', 'reservation', 'refquota', 'refreservation']);

type Property = readonly [property: string, value: string, source: string];

/** Every property with its value and where it comes from. */
export function propertiesOf(pool: LabPool, dataset: LabDataset): Property[] {
  const usage = usageOf(pool);
  const facts: Property[] = [
    ['type', dataset.type, '-'],
    ['creation', String(Math.floor(dataset.createdMs / 1000)), '-'],
    ['used', String(usage.used(dataset.name)), '-'],
    ['available', String(usage.available(dataset.name)), '-'],
    ['referenced', String(dataset.referenced), '-'],
    ['guid', dataset.guid, '-'],
    ...(dataset.mountpoint === undefined ? [] : [['mountpoint', dataset.mountpoint, 'default'] as const]),
  ];
  const settings = DEFAULTS.map(([property, value]): Property => settingOf(pool, dataset, property, value));
  const names = new Set([...lineOf(pool, dataset)].flatMap(({ properties }) => [...properties.keys()]));
  const users = [...names]
    .filter((name) => name.includes(':'))
    .map((name): Property => settingOf(pool, dataset, name, '-'));
  return [...facts, ...settings, ...users];
}

function settingOf(pool: LabPool, dataset: LabDataset, property: string, fallback: string): Property {
  for (const one of lineOf(pool, dataset)) {
    const value = one.properties.get(property);
    if (value !== undefined) return [property, value, one === dataset ? 'local' : `inherited from ${one.name}`];
    if (OWN.has(property)) break;
  }
  return [property, fallback, 'default'];
}

/** The dataset and what is above it. */
function* lineOf(pool: LabPool, dataset: LabDataset): Generator<LabDataset> {
  for (const name of namesAbove(dataset.name)) {
    const one = pool.datasets.get(name);
    if (one) yield one;
  }
}
