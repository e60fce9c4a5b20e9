import { type CommandOutcome, type LabDisk, type LabHostState, pathOf, refused, said } from '../model.ts';
import { poolState } from '../state.ts';

/** `cat`, `lsblk`, `ls` and `smartctl`, as far as the product may use them. */

const GIB = 1024 ** 3;

export function cat([path = '']: readonly string[], host: LabHostState): CommandOutcome {
  if (path === '/proc/meminfo')
    return said(
      `MemTotal:       ${Math.floor(host.memoryBytes / 1024)} kB\nMemFree:        ${Math.floor(host.memoryBytes / 4096)} kB\n`,
    );
  if (path === '/proc/spl/kstat/zfs/arcstats') return said(arcstats(host));
  const pool = host.pools.get(/^\/proc\/spl\/kstat\/zfs\/([^/]+)\/state$/.exec(path)?.[1] ?? '');
  return pool ? said(`${poolState(pool)}\n`) : refused(`cat: ${path}: No such file or directory`);
}

const arcstats = ({ arcMaxBytes, memoryBytes }: LabHostState): string => {
  const rows: Readonly<Record<string, number>> = {
    hits: 918_273_645,
    iohits: 1_204_512,
    misses: 41_873_002,
    size: Math.floor(Math.min(arcMaxBytes, memoryBytes / 2) * 0.93),
    c: arcMaxBytes,
    c_min: Math.floor(GIB),
    c_max: arcMaxBytes,
    l2_hits: 8_123_004,
    l2_misses: 33_749_998,
  };
  return [
    '19 1 0x01 148 40256 75822405566 248938592722',
    'name                            type data',
    ...Object.entries(rows).map(([name, value]) => `${name.padEnd(31)} 4    ${value}`),
    '',
  ].join('\n');
};

const isPresent = ({ present }: LabDisk): boolean => present;

export function lsblk(argv: readonly string[], host: LabHostState): CommandOutcome {
  if (argv[0] !== '-J' || argv[1] !== '-b') return refused('lsblk: unknown option');
  return said(`${JSON.stringify({ blockdevices: host.disks.filter(isPresent).map(blockOf) }, null, 3)}\n`);
}

const blockOf = (disk: LabDisk): object => ({
  name: disk.kernel,
  path: `/dev/${disk.kernel}`,
  serial: disk.serial,
  wwn: disk.wwn,
  model: disk.model,
  size: disk.sizeBytes,
  type: 'disk',
  mountpoints: [null],
  fstype: null,
  'phy-sec': disk.sectorBytes,
  ...(disk.holds !== undefined && {
    children: [
      {
        name: partition(disk, 1),
        path: `/dev/${partition(disk, 1)}`,
        serial: null,
        wwn: disk.wwn,
        model: null,
        size: disk.sizeBytes - 9_437_184,
        type: 'part',
        mountpoints: [disk.mount ?? null],
        fstype: disk.holds,
        'phy-sec': disk.sectorBytes,
      },
    ],
  }),
});

const partition = ({ kernel }: LabDisk, number: number): string =>
  /\d$/.test(kernel) ? `${kernel}p${number}` : `${kernel}${number}`;

export function ls(argv: readonly string[], host: LabHostState): CommandOutcome {
  if (argv.join(' ') !== '-l /dev/disk/by-id')
    return refused(`ls: cannot access '${argv.at(-1) ?? ''}': No such file or directory`, 2);
  const link = (name: string, to: string): string => `lrwxrwxrwx 1 root root 9 Nov 21 22:25 ${name} -> ../../${to}`;
  const links = host.disks
    .filter(isPresent)
    .flatMap((disk) => [
      link(disk.id, disk.kernel),
      ...(disk.holds === undefined ? [] : [link(`${disk.id}-part1`, partition(disk, 1))]),
      link(`wwn-${disk.wwn}`, disk.kernel),
    ]);
  return said(['total 0', ...links, ''].join('\n'));
}

export function smartctl(argv: readonly string[], host: LabHostState): CommandOutcome {
  const path = argv.at(-1) ?? '';
  const disk = host.disks.find((one) => one.present && pathOf(one) === path);
  const head = { json_format_version: [1, 0], smartctl: { version: [7, 4], argv: ['smartctl', ...argv] } };
  if (disk === undefined) {
    const messages = [{ string: `Smartctl open device: ${path} failed: No such device`, severity: 'error' }];
    return {
      exitCode: 2,
      stdout: `${JSON.stringify({ ...head, smartctl: { ...head.smartctl, messages, exit_status: 2 } })}\n`,
      stderr: '',
    };
  }
  const { passed, reallocated, pending, hours, celsius } = disk.smart;
  // Bit 3 of the exit code: the disk says that it is failing.
  const exitCode = passed ? 0 : 8;
  const raw = (id: number, name: string, value: number): object => ({
    id,
    name,
    raw: { value, string: String(value) },
  });
  return {
    exitCode,
    stderr: '',
    stdout: `${JSON.stringify({
      ...head,
      device: { name: path, type: 'sat', protocol: 'ATA' },
      model_name: disk.model,
      serial_number: disk.serial,
      user_capacity: { bytes: disk.sizeBytes },
      smart_status: { passed },
      ata_smart_attributes: {
        table: [raw(5, 'Reallocated_Sector_Ct', reallocated), raw(197, 'Current_Pending_Sector', pending)],
      },
      power_on_time: { hours },
      temperature: { current: celsius },
    })}\n`,
  };
}
