import * as z from 'zod';
import { Text } from './coerce.ts';
import type { DiskSmart } from './contract.ts';

/** `GET /nodes/{node}/disks/smart`: ATA disks give rows (ids padded, raw values as text), NVMe and SAS the text of smartctl. */
const Smart = z.looseObject({
  text: z.string().default(''),
  attributes: z.array(z.looseObject({ id: Text, raw: Text })).default([]),
});

/** What counts, by attribute id or by the line of the text. The first that is there wins. */
const SOURCES: Readonly<
  Record<keyof DiskSmart, { readonly ids: readonly number[]; readonly lines: readonly RegExp[] }>
> = {
  reallocated: { ids: [5], lines: [/^Elements in grown defect list:\s*(\d+)/m] },
  pending: { ids: [197], lines: [] },
  uncorrectable: { ids: [198, 187], lines: [] },
  mediaErrors: { ids: [], lines: [/^Media and Data Integrity Errors:\s*([\d,.]+)/m] },
  wornPercent: { ids: [], lines: [/^Percentage [Uu]sed[^:]*:\s*(\d+)/m] },
  temperature: { ids: [194, 190], lines: [/^(?:Current Drive )?Temperature:\s*(\d+)/m] },
};

/** Counters and temperature of one disk; what it does not tell is left out. */
export function smartOf(data: unknown): DiskSmart {
  const { text, attributes } = Smart.parse(data);
  const rows = new Map(attributes.map(({ id, raw }) => [Number(id.trim()), raw]));
  const found = Object.entries(SOURCES).flatMap(([name, { ids, lines }]) => {
    const raw = ids.map((id) => rows.get(id)).find((value) => value !== undefined);
    const value = numberIn(raw ?? lines.map((line) => line.exec(text)?.[1]).find((part) => part !== undefined));
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}

/** `31 (Min/Max 20/33)` and `1,234` -> 31, 1234. */
function numberIn(text: string | undefined): number | undefined {
  const digits = /^[\d,]+/.exec(text?.trim() ?? '')?.[0]?.replaceAll(',', '');
  return digits === undefined || digits === '' ? undefined : Number(digits);
}
