import * as z from 'zod';

/** Names as the allow-list of commands takes them: nothing that a flag or a shell could be made of. */
const COMPONENT = '[A-Za-z0-9_][A-Za-z0-9_.:-]*';
const DATASET = `[A-Za-z][A-Za-z0-9_.:-]*(?:/${COMPONENT})*`;
const named = (pattern: string, what: string) =>
  z
    .string()
    .max(255)
    .regex(new RegExp(`^${pattern}$`), `must be ${what}`);

export const Host = z.string().min(1).max(253);
export const PoolName = named('[A-Za-z][A-Za-z0-9_.:-]*', 'the name of a pool');
export const DatasetName = named(DATASET, 'a dataset such as tank/media');
export const SnapshotName = named(`${DATASET}@${COMPONENT}`, 'a snapshot such as tank/media@daily');
/** As text: a number of this size loses digits. */
export const Guid = z.string().regex(/^\d{1,20}$/, 'must be a guid, as text');
export const DiskPath = named('/dev/disk/by-id/[A-Za-z0-9][A-Za-z0-9_.:+=@-]*', 'a path below /dev/disk/by-id');
export const Serial = z.string().min(1).max(100);
