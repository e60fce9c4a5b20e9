import type { Touch } from '../../core/change.ts';
import type { PowerOutlet, ProxmoxNode } from '../../world/proxmox/schema.ts';
import { before } from '../before-change.ts';
import type { Seen } from '../define.ts';

/** What the rules of power cycles see and say. */
export const WANTS = ['proxmoxNodes', 'proxmoxCluster', 'proxmoxGuests', 'proxmoxTasks', 'nodes'] as const;
export type PowerWorld = Seen<'change' | 'replaced' | 'powerOutlets'> & Partial<Seen<(typeof WANTS)[number]>>;

export interface Limits {
  readonly failures: number;
  readonly unhealthySeconds: number;
  readonly unhealthySecondsArmed: number;
  readonly attemptsPerDay: number;
  readonly attemptsPerDayInAll: number;
  readonly now: Date;
}
export interface Reason {
  /** Number of the rule that does not hold. */
  readonly rule: number;
  readonly kind: string;
  readonly message: string;
  readonly evidence?: readonly string[];
}
export type Rule = (touch: Touch, world: PowerWorld, limits: Limits) => readonly Reason[];

export const outletOf = ({ target }: Touch, { powerOutlets }: PowerWorld): PowerOutlet | undefined =>
  powerOutlets.get(target.name);
export const hostOf = ({ target }: Touch, world: PowerWorld): ProxmoxNode | undefined =>
  world.proxmoxNodes &&
  [...before('proxmoxNodes', world.proxmoxNodes, world).values()].find(({ metadata }) => metadata.name === target.name);
