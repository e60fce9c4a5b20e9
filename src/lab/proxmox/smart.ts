import { bytesOf } from './build.ts';
import type { DiskFacts } from './facts.ts';

const TYPES: Readonly<Record<DiskFacts['type'], { readonly type: string; readonly rpm: number }>> = {
  ssd: { type: 'ssd', rpm: 0 },
  hdd: { type: 'hdd', rpm: 7200 },
  nvme: { type: 'nvme', rpm: 0 },
};

/** As a node lists its disks; what wears out says so, the rest says "N/A". */
export const diskRow = (disk: DiskFacts): Record<string, unknown> => ({
  devpath: disk.device,
  by_id_link: `/dev/disk/by-id/${disk.type === 'nvme' ? 'nvme' : 'ata'}-${disk.model.replaceAll(' ', '_')}_${disk.serial}`,
  serial: disk.serial,
  model: disk.model,
  vendor: disk.type === 'nvme' ? 'unknown' : 'ATA     ',
  wwn: `0x${bytesOf(disk.serial).slice(0, 16)}`,
  size: disk.size,
  ...TYPES[disk.type],
  health: disk.health,
  wearout: disk.wearout ?? 'N/A',
  ...(disk.used !== '' && { used: disk.used }),
  gpt: disk.used === '' ? 0 : 1,
  osdid: -1,
  'osdid-list': null,
});

/** An ATA disk gives rows, an NVMe one a text. */
export function smartOf(disk: DiskFacts): Record<string, unknown> {
  const common = { health: disk.health, ...(disk.wearout !== undefined && { wearout: disk.wearout }) };
  if (disk.type === 'nvme') return { ...common, type: 'text', text: nvmeText(disk) };
  return {
    ...common,
    type: 'ata',
    attributes: [...disk.smart, warmth(disk)].map(({ id, name, value, threshold, raw }) => ({
      id: String(id).padStart(3, ' '),
      name,
      value,
      normalized: value,
      worst: value,
      threshold,
      raw,
      flags: '-O--CK',
      fail: value <= threshold && threshold > 0 ? 'FAILING_NOW' : '-',
    })),
  };
}

const warmth = ({ temperature }: DiskFacts): DiskFacts['smart'][number] => ({
  id: 194,
  name: 'Temperature_Celsius',
  value: 100 - temperature,
  threshold: 0,
  raw: `${temperature} (Min/Max 18/${temperature + 6})`,
});

function nvmeText({ wearout = 100, smart, health, temperature }: DiskFacts): string {
  const errors = smart.find(({ name }) => name === 'Media_Errors')?.raw ?? '0';
  return [
    '',
    'SMART/Health Information (NVMe Log 0x02)',
    `Critical Warning:                   ${health === 'FAILED' ? '0x04' : '0x00'}`,
    `Temperature:                        ${temperature} Celsius`,
    'Available Spare:                    100%',
    `Percentage Used:                    ${100 - wearout}%`,
    `Media and Data Integrity Errors:    ${errors}`,
    '',
  ].join('\n');
}
