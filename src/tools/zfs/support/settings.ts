import { matchCommand } from '../../../clients/command/spec.ts';
import { argvOf, zfsCommands } from '../../../clients/zfs/commands.ts';
import { denied, inputError } from '../../../core/errors.ts';
import { sizeText } from '../../../core/size.ts';

/** Properties that are never set here, why, and what to do instead. */
const FORBIDDEN: readonly {
  readonly test: (property: string, value: string) => boolean;
  readonly why: string;
  readonly instead: string;
}[] = [
  {
    test: (property, value) => property === 'dedup' && value !== 'off',
    why: 'dedup costs memory for ever, also after it is switched off again',
    instead: 'Use compression=zstd.',
  },
  {
    test: (property, value) => property === 'sync' && value === 'disabled',
    why: 'with sync=disabled a crash loses what a program was told is safe',
    instead: 'Use a log device, or sync=standard.',
  },
  {
    test: (property, value) => property === 'checksum' && value === 'off',
    why: 'without checksums damage is neither found nor repaired',
    instead: 'Leave checksum as it is.',
  },
  {
    test: (property) => property === 'copies',
    why: 'copies are no redundancy: they lie on the same vdevs, and only new data gets them',
    instead: 'Use mirrors, raidz and a backup.',
  },
  {
    test: (property) => property === 'special_small_blocks',
    why: 'at or above the record size all data goes to the special vdev and fills it',
    instead: 'A person sets it, with the sizes at hand.',
  },
  {
    test: (property) => property === 'mountpoint' || property === 'canmount',
    why: 'another mount point hides or takes away what programs use',
    instead: 'Make a new dataset and move the data.',
  },
  {
    test: (property) => /^(?:democratic-csi|openebs|zfs|com\.sun|syncoid|zrepl)[:.]/.test(property),
    why: 'by this property another program knows what is its own',
    instead: 'Change it through that program.',
  },
];

const SIZES: ReadonlySet<string> = new Set(['quota', 'refquota', 'reservation', 'refreservation', 'recordsize']);

/** `1T`, `512 GiB`: as people and the tools of ZFS write it. */
function bytesOf(value: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*([kmgtp])(?:i?b)?$/i.exec(value);
  return found === null
    ? undefined
    : Math.round(Number(found[1]) * 1024 ** ('kmgtp'.indexOf((found[2] ?? '').toLowerCase()) + 1));
}

/** How a value reads: sizes of bytes as people say them. */
export const settingText = (property: string, value: string): string =>
  SIZES.has(property) && /^\d+$/.test(value) && value !== '0' ? `${value} (${sizeText(Number(value))})` : value;

/** A quota below what is there already is refused by ZFS. Errors: `input` `quota_too_small`. */
export function demandRoom(
  { name, used, referenced }: { readonly name: string; readonly used: number; readonly referenced: number },
  property: string,
  value: string,
): void {
  const least = property === 'quota' ? used : property === 'refquota' ? referenced : 0;
  const wanted = Number(value);
  if (Number.isNaN(wanted) || wanted === 0 || wanted >= least) return;
  throw inputError(
    'quota_too_small',
    `Unable to set ${property}=${value} (${sizeText(wanted)}) on ${name}: it holds ${sizeText(least)} already.`,
    `Choose at least ${least} with room to grow, or free space first.`,
  );
}

/** Refuses what is never set, and what the list of the host does not hold. Errors: `denied` `always_refused`; `input` `unknown_setting`. */
export function demandSetting(dataset: string, property: string, value: string): void {
  const rule = FORBIDDEN.find(({ test }) => test(property, value));
  if (rule !== undefined)
    throw denied('always_refused', `Unable to set ${property}=${value}: ${rule.why}.`, rule.instead);
  if (matchCommand(zfsCommands, argvOf('property_set', `${property}=${value}`, dataset)) !== undefined) return;
  if (SIZES.has(property) && bytesOf(value) !== undefined)
    throw inputError(
      'unknown_setting',
      `Unable to set ${property}=${value}: sizes are in bytes here.`,
      `${value} is ${bytesOf(value) ?? ''}.`,
    );
  throw inputError(
    'unknown_setting',
    `Unable to set ${property}=${value.slice(0, 80)}: it is not a setting that can be set here.`,
    'quota, refquota, reservation and refreservation (bytes or none), compression, atime, relatime, recordsize, readonly, snapdir, sync=standard|always, and user properties such as steward.dev:layout.',
  );
}
