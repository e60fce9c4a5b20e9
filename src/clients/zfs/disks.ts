import * as z from 'zod';
import { StewardError } from '../../core/errors.ts';
import type { HostDisk } from './contract.ts';

interface Block {
  name: string;
  type: string;
  serial?: string | null | undefined;
  model?: string | null | undefined;
  size?: number | null | undefined;
  'phy-sec'?: number | null | undefined;
  mountpoints?: (string | null)[] | undefined;
  fstype?: string | null | undefined;
  children?: Block[] | undefined;
}

const Block: z.ZodType<Block> = z.looseObject({
  name: z.string(),
  type: z.string(),
  serial: z.string().nullish(),
  model: z.string().nullish(),
  size: z.number().nullish(),
  'phy-sec': z.number().nullish(),
  mountpoints: z.array(z.string().nullable()).optional(),
  fstype: z.string().nullish(),
  get children() {
    return z.array(Block).optional();
  },
});
const Blocks = z.looseObject({ blockdevices: z.array(Block) });

/** Stable names first; `wwn-` says the least to a person who reads a label. */
const ORDER = ['ata-', 'nvme-', 'scsi-', 'usb-', 'virtio-', 'wwn-', 'dm-'];
const rank = (id: string): number => {
  const found = ORDER.findIndex((prefix) => id.startsWith(prefix));
  return found === -1 ? ORDER.length : found;
};

/** Whole disks from `lsblk -J -b` and the links under /dev/disk/by-id. A disk without a stable name is left out: nothing may act on it. */
export function parseDisks(lsblk: string, names: ReadonlyMap<string, string>): HostDisk[] {
  const { blockdevices } = parse(lsblk);
  return blockdevices
    .filter(({ type }) => type === 'disk')
    .flatMap((disk) => {
      const ids = [...names].filter(([, kernel]) => kernel === disk.name).map(([id]) => `/dev/disk/by-id/${id}`);
      const [id, ...others] = ids.toSorted((a, b) => rank(a.slice(16)) - rank(b.slice(16)) || (a < b ? -1 : 1));
      return id === undefined ? [] : [diskOf(disk, id, others)];
    });
}

function parse(lsblk: string): z.output<typeof Blocks> {
  try {
    return Blocks.parse(JSON.parse(lsblk));
  } catch (cause) {
    throw new StewardError('Unable to read the output of lsblk: it has a form that is not known.', {
      kind: 'target',
      code: 'zfs_output',
      hint: 'util-linux 2.37 or later is needed.',
      cause,
    });
  }
}

const diskOf = (disk: Block, id: string, others: readonly string[]): HostDisk => ({
  id,
  allIds: [id, ...others],
  kernelName: disk.name,
  serial: disk.serial?.trim() || undefined,
  model: disk.model?.trim() || undefined,
  sizeBytes: disk.size ?? 0,
  physicalSectorBytes: disk['phy-sec'] ?? undefined,
  uses: usesOf(disk),
});

function usesOf(block: Block): string[] {
  const mounts = (block.mountpoints ?? []).filter((mount) => mount !== null).map((mount) => `mounted at ${mount}`);
  const own = block.fstype ? [`holds ${block.fstype}`] : [];
  const parts = (block.children ?? []).flatMap((child) => [`partition ${child.name}`, ...usesOf(child)]);
  return [...own, ...mounts, ...parts];
}
