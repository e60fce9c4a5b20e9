import type { Change, Touch } from '../../core/change.ts';
import { type Target, targetLabel } from '../../core/target.ts';
import type { Parts } from '../../world/parts.ts';
import type { ProxmoxGuest, ProxmoxPartName } from '../../world/proxmox/schema.ts';
import type { FoundFault, Subject } from '../define.ts';

/** What the checks of Proxmox share: how things are called, and which of them a plan touches. */

export const keyOf = ({
  namespace,
  name,
}: {
  readonly namespace?: string | undefined;
  readonly name: string;
}): string => (namespace === undefined ? name : `${namespace}/${name}`);

/** `Guest home/101 (web)`. */
export const guestLabel = ({ metadata, name }: ProxmoxGuest): string => `Guest ${keyOf(metadata)} (${name})`;
export const hostOf = ({ metadata, node }: ProxmoxGuest): string => `${metadata.namespace ?? ''}/${node}`;

export const subjectOf = (
  part: ProxmoxPartName,
  { metadata }: { readonly metadata: ProxmoxGuest['metadata'] },
): Subject => ({
  part,
  id: keyOf(metadata),
});

/** Tags by which people say what a guest is; `lab` and `no-backup` leave it out of some rules. */
export const hasTag = ({ tags }: ProxmoxGuest, ...wanted: readonly string[]): boolean =>
  tags.some((tag) => wanted.includes(tag));

/** Whether a task is at work on a guest; a backup of many guests does not name them. */
export const isHeld = ({ metadata, vmid, node }: ProxmoxGuest, tasks: Parts['proxmoxTasks']): boolean =>
  [...tasks.values()].some(
    (task) =>
      task.metadata.namespace === metadata.namespace &&
      task.result === 'running' &&
      (task.id === String(vmid) || (task.type === 'vzdump' && task.id === '' && task.node === node)),
  );

export const unlockCommand = ({ type, vmid }: ProxmoxGuest): string =>
  `${type === 'lxc' ? 'pct' : 'qm'} unlock ${vmid}`;

export const proxmoxTouches = (change: Change | undefined): readonly Touch[] =>
  change?.touches.filter(({ target }) => target.system === 'proxmox') ?? [];

/** The guest that a touch is about; a snapshot is `101/name`. */
export const guestKeyOf = ({ namespace = '', name }: Target): string => `${namespace}/${name.split('/')[0] ?? ''}`;

export const faultOn = (
  check: string,
  { target }: Touch,
  kind: string,
  own: Pick<FoundFault, 'message' | 'remedy'> & Partial<FoundFault>,
): FoundFault => ({
  target: targetLabel(target),
  evidence: [],
  fingerprint: `${check}:planned:${kind}:${target.namespace ?? ''}/${target.name}`,
  lessons: [],
  ...own,
});
