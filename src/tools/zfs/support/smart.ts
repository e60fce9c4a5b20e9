import * as z from 'zod';

/** smartctl's JSON as far as it counts; ATA and NVMe say it in different places. */
const Smart = z.looseObject({
  smart_status: z.looseObject({ passed: z.boolean() }).optional(),
  ata_smart_attributes: z
    .looseObject({
      table: z
        .array(z.looseObject({ id: z.number(), raw: z.looseObject({ value: z.number() }).optional() }))
        .default([]),
    })
    .optional(),
  nvme_smart_health_information_log: z
    .looseObject({ media_errors: z.number().default(0), percentage_used: z.number().default(0) })
    .optional(),
  power_on_time: z.looseObject({ hours: z.number() }).optional(),
  temperature: z.looseObject({ current: z.number() }).optional(),
});

export interface SmartFacts {
  readonly isFailing: boolean;
  /** `passed, 2.1 y, 36 C`. */
  readonly text: string;
}

/** Attribute ids: 5 reallocated, 197 pending, 198 uncorrectable. */
const COUNTS: readonly (readonly [number, string])[] = [
  [5, 'reallocated'],
  [197, 'pending'],
  [198, 'uncorrectable'],
];

/** Undefined when there is no SMART to be had. */
export function smartOf(found: unknown): SmartFacts | undefined {
  const parsed = Smart.safeParse(found);
  if (!parsed.success || parsed.data.smart_status === undefined) return undefined;
  const { smart_status: status, ata_smart_attributes: ata, nvme_smart_health_information_log: nvme } = parsed.data;
  const counts = COUNTS.flatMap(([id, word]) => {
    const value = ata?.table.find((row) => row.id === id)?.raw?.value ?? 0;
    return value === 0 ? [] : [`${value} ${word}`];
  });
  const media = nvme?.media_errors ?? 0;
  const wear = nvme?.percentage_used ?? 0;
  return {
    isFailing: !status.passed || counts.length > 0 || media > 0,
    text: [
      status.passed ? 'passed' : 'FAILING',
      ...counts,
      ...(media > 0 ? [`${media} media errors`] : []),
      ...(wear > 0 ? [`${wear} % worn`] : []),
      ...ageAndHeat(parsed.data),
    ].join(', '),
  };
}

function ageAndHeat({ power_on_time: on, temperature }: z.output<typeof Smart>): readonly string[] {
  return [...(on ? [`${(on.hours / 8766).toFixed(1)} y`] : []), ...(temperature ? [`${temperature.current} C`] : [])];
}
