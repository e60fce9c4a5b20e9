import type { PartName } from '../../../world/parts.ts';
import { type Case, type DecideStep, deny, pass } from '../case.ts';

/** What must be seen before a machine is touched: itself, the others, and what runs on it. */
const NEEDED: readonly PartName[] = ['proxmoxCluster', 'proxmoxNodes', 'proxmoxGuests', 'nodes', 'pods'];

/** A machine whose surroundings cannot be read is not touched: what hangs on it would go unseen. What is not configured is not needed. */
export const sight: DecideStep = {
  name: 'sight',
  check(facts) {
    if (!reachesMachine(facts)) return pass;
    for (const name of NEEDED) {
      const part = facts.before.part(name);
      if (part.state === 'unknown') return deny('machine_unseen', `${name} could not be read: ${part.reason}.`);
    }
    return pass;
  },
};

const reachesMachine = ({ draft }: Case): boolean =>
  draft.touches.some(({ target }) => target.system === 'proxmox' || target.system === 'power');
