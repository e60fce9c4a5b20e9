import type { Touch } from '../../core/change.ts';
import { type Target, targetLabel } from '../../core/target.ts';
import { poolNameOf, zfsKey } from '../../world/zfs/objects.ts';
import type { ZfsPool } from '../../world/zfs/schema.ts';
import { beforeChange } from '../before-change.ts';
import type { FoundFault, Seen } from '../define.ts';

/** What the rules of Z06 see, and how they say what they find. */
export const NEEDS = ['change', 'replaced', 'zfsPools'] as const;
export const WANTS = [
  'zfsDatasets',
  'zfsSnapshots',
  'zfsDisks',
  'persistentVolumes',
  'persistentVolumeClaims',
  'pods',
  'nodes',
] as const;
export type PlannedWorld = Seen<(typeof NEEDS)[number]> & Partial<Seen<(typeof WANTS)[number]>>;

/** What a rule says about one write of a plan. */
export type Rule = (touch: Touch, world: PlannedWorld) => readonly FoundFault[];

/** Of the world before the plan: what is judged is where the write lands. */
export const poolBefore = ({ namespace = '', name }: Target, world: PlannedWorld): ZfsPool | undefined =>
  beforeChange('zfsPools', world.zfsPools, world.change, world.replaced).get(
    zfsKey(namespace, poolNameOf(name.split(':')[0] ?? '')),
  );

/** What was learned about a dataset that somebody else still needs; a rule about disks has other lessons, or none. */
export const DATASET_LESSONS = ['democratic-csi-busy-dataset'];

export const faultOf = (
  { target }: Touch,
  kind: string,
  own: Pick<FoundFault, 'message' | 'remedy'> & Partial<FoundFault>,
): FoundFault => ({
  target: targetLabel(target),
  evidence: [],
  fingerprint: `Z06:${kind}:${target.namespace ?? ''}/${target.name}`,
  lessons: [],
  ...own,
});
