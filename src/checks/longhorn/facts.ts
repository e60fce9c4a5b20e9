import type { Meta } from '../../world/kubernetes/meta.ts';
import { claimOf } from '../../world/longhorn/relations.ts';
import type { LonghornVolume } from '../../world/longhorn/schema.ts';

/** What the checks of Longhorn share: how a volume is called, and what people say about it. */

/** The claim when there is one: what people know it by. */
export const shortName = (volume: LonghornVolume): string => claimOf(volume) ?? volume.metadata.name;

/** `Longhorn volume media/config`. */
export const volumeLabel = (volume: LonghornVolume): string => `Longhorn volume ${shortName(volume)}`;

const BACKUP = 'steward.dev/backup';

/** A label or annotation by which people say that a volume, or its claim, needs no backup. */
export const needsNoBackup = (...metas: readonly (Meta | undefined)[]): boolean =>
  metas.some(
    (meta) =>
      meta !== undefined &&
      (isSet(meta.labels['no-backup']) ||
        isSet(meta.annotations['no-backup']) ||
        [meta.labels[BACKUP], meta.annotations[BACKUP]].includes('none')),
  );

const isSet = (value: string | undefined): boolean => value !== undefined && value !== 'false';
