import type { Touch } from '../../core/change.ts';
import type { Parts } from '../../world/parts.ts';
import type { ProxmoxGuest } from '../../world/proxmox/schema.ts';
import { before } from '../before-change.ts';
import type { FoundFault, Seen } from '../define.ts';
import { faultOn, guestKeyOf } from './facts.ts';

/** What the rules of P08 see, and how they say what they find. */
export const NEEDS = ['change', 'replaced', 'proxmoxGuests'] as const;
export const WANTS = [
  'proxmoxNodes',
  'proxmoxStorages',
  'proxmoxBackups',
  'proxmoxHa',
  'proxmoxReplication',
  'proxmoxTasks',
  'proxmoxCluster',
  'zfsPools',
  'zfsSnapshots',
  'zfsDatasets',
] as const;
export type PlannedWorld = Seen<(typeof NEEDS)[number]> & Partial<Seen<(typeof WANTS)[number]>>;

export interface RuleContext {
  readonly backupHours: number;
  readonly now: Date;
}

/** What a rule says about one write of a plan. */
export type Rule = (touch: Touch, world: PlannedWorld, ctx: RuleContext) => readonly FoundFault[];

/** Of the world before the plan: what is judged is where the write lands. */
export const guestsBefore = (world: PlannedWorld): Parts['proxmoxGuests'] =>
  before('proxmoxGuests', world.proxmoxGuests, world);
export const guestBefore = ({ target }: Touch, world: PlannedWorld): ProxmoxGuest | undefined =>
  guestsBefore(world).get(guestKeyOf(target));

export const faultOf = (touch: Touch, kind: string, own: Parameters<typeof faultOn>[3]): FoundFault =>
  faultOn('P08', touch, kind, own);

/** A rule that cannot be judged without this part: without it the answer is no. */
export const unread = (touch: Touch, what: string): FoundFault =>
  faultOf(touch, `unread:${what}`, {
    message: `${what} could not be read, so that nobody knows what this would take with it.`,
    remedy: 'Find out why (proxmox_overview), then plan again.',
  });
