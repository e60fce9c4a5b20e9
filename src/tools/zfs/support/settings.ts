import { matchCommand } from '../../../clients/command/spec.ts';
import { argvOf, zfsCommands } from '../../../clients/zfs/commands.ts';
import { denied, inputError } from '../../../core/errors.ts';

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

/** Refuses what is never set, and what the list of the host does not hold. Errors: `denied` `always_refused`; `input` `unknown_setting`. */
export function demandSetting(dataset: string, property: string, value: string): void {
  const rule = FORBIDDEN.find(({ test }) => test(property, value));
  if (rule !== undefined)
    throw denied('always_refused', `Unable to set ${property}=${value}: ${rule.why}.`, rule.instead);
  if (matchCommand(zfsCommands, argvOf('property_set', `${property}=${value}`, dataset)) !== undefined) return;
  throw inputError(
    'unknown_setting',
    `Unable to set ${property}=${value.slice(0, 80)}: it is not a setting that can be set here.`,
    'quota, refquota, reservation and refreservation (bytes or none), compression, atime, relatime, recordsize, readonly, snapdir, sync=standard|always, and user properties such as steward.dev:layout.',
  );
}
