import * as z from 'zod';
import { volumesOf } from '../../world/proxmox/relations.ts';
import type { ProxmoxGuest } from '../../world/proxmox/schema.ts';
import { before } from '../before-change.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { enumerate } from '../facts.ts';
import { guestLabel, keyOf } from './facts.ts';

export default defineCheck({
  id: 'P07',
  title: 'No planned change gives a machine another board or firmware, or takes a disk away',
  severity: 'critical',
  why: 'Another machine type renames network cards, another firmware does not find the boot loader, and a disk that shrinks or goes takes its data with it.',
  needs: ['change', 'replaced', 'proxmoxGuests'],
  params: z.strictObject({}),
  introduced: 'deny',
  evaluate: (world) => {
    const old = before('proxmoxGuests', world.proxmoxGuests, world);
    return world.change.effects
      .filter(({ part, op }) => part === 'proxmoxGuests' && op === 'put')
      .flatMap(({ id }) => compare(old.get(id), world.proxmoxGuests.get(id)));
  },
});

const BOARD = ['machine', 'bios', 'ostype', 'efidisk0', 'arch'] as const;

function compare(was: ProxmoxGuest | undefined, is: ProxmoxGuest | undefined): readonly FoundFault[] {
  if (was?.config === undefined || is?.config === undefined) return [];
  const [old, next] = [was.config.options, is.config.options];
  const fault = (kind: string, message: string, evidence: readonly string[], remedy: string): FoundFault => ({
    target: guestLabel(was),
    message: `${guestLabel(was)} ${message}`,
    evidence,
    remedy,
    fingerprint: `P07:${kind}:${keyOf(was.metadata)}`,
    lessons: kind === 'board' ? ['gpu-passthrough-q35'] : ['terraform-local-state'],
  });
  const board = BOARD.filter((name) => old[name] !== next[name]);
  const left = new Set(volumesOf(is).values());
  const gone = [...volumesOf(was)].filter(([, volume]) => !left.has(volume));
  const smaller = [...volumesOf(was).keys()].filter((name) => sizeOf(next[name]) < sizeOf(old[name]));
  return [
    ...(board.length > 0
      ? [
          fault(
            'board',
            `would get another ${enumerate([...board])}: it may not start, or not find its network.`,
            board.map((name) => `${name}: ${old[name] ?? 'default'} -> ${next[name] ?? 'default'}`),
            'A person does this with the machine stopped and a backup at hand; better make a new guest.',
          ),
        ]
      : []),
    ...(gone.length > 0
      ? [
          fault(
            'disk',
            `would lose ${enumerate(gone.map(([name]) => name))}.`,
            gone.map(([name, volume]) => `${name}: ${volume}`),
            'Leave the disk; a person detaches and removes it.',
          ),
        ]
      : []),
    ...(smaller.length > 0
      ? [fault('shrink', `would get a smaller ${enumerate(smaller)}.`, [], 'A disk only grows.')]
      : []),
  ];
}

const UNITS: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** `size=32G` of a disk line, in bytes; Infinity when it is not told, so that nothing counts as smaller. */
function sizeOf(line: string | undefined): number {
  const [, amount, unit = ''] = /(?:^|,)size=(\d+)([KMGT]?)/.exec(line ?? '') ?? [];
  return amount === undefined ? Number.POSITIVE_INFINITY : Number(amount) * (UNITS[unit] ?? 1);
}
