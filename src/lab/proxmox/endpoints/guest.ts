import { type Call, type Endpoint, forBoth, GUEST, guestOf, guestPath, onGuest } from '../endpoint.ts';
import { failure } from '../fault.ts';
import { digestOf } from '../guest-config.ts';
import { bool, snapshotName } from '../parameter.ts';
import { guestStatus, secondsOf } from '../rows.ts';
import type { GuestType } from '../state.ts';

const AUDIT = onGuest('VM.Audit');
/** Numbers in a configuration; the others stay texts, also those that look like one. */
const NUMBERS = new Set(['cores', 'sockets', 'onboot', 'protection', 'template', 'swap', 'unprivileged', 'numa']);

const typed = (lines: Iterable<readonly [string, string]>): Record<string, unknown> =>
  Object.fromEntries([...lines].map(([key, value]) => [key, NUMBERS.has(key) ? Number(value) : value]));

/** Without `current` it is what will be after the next restart, not what is. */
const config =
  (type: GuestType) =>
  (call: Call): unknown => {
    const guest = guestOf(call, type);
    const name = call.params.get('snapshot');
    if (name !== undefined) {
      const snapshot = guest.snapshots.find((each) => each.name === name);
      if (!snapshot) throw failure(`snapshot '${name}' does not exist`);
      return { ...typed(snapshot.config), digest: digestOf(guest) };
    }
    const lines = new Map(guest.config);
    if (call.params.get('current') !== '1')
      for (const [key, value] of guest.pending) {
        if (value === undefined) lines.delete(key);
        else lines.set(key, value);
      }
    const { lock, parent } = guest;
    return {
      ...typed(lines),
      ...(lock !== undefined && { lock }),
      // The snapshot that the running state has grown from.
      ...(parent !== undefined && { parent }),
      digest: digestOf(guest),
    };
  };

const pending =
  (type: GuestType) =>
  (call: Call): unknown => {
    const { config: lines, pending: waiting } = guestOf(call, type);
    return [...new Set([...lines.keys(), ...waiting.keys()])].map((key) => {
      const value = lines.get(key);
      const next = waiting.get(key);
      return {
        key,
        ...(value !== undefined && { value }),
        ...(waiting.has(key) && (next === undefined ? { delete: 1 } : { pending: next })),
      };
    });
  };

const snapshots =
  (type: GuestType) =>
  (call: Call): unknown => {
    const guest = guestOf(call, type);
    const taken = guest.snapshots.map(({ name, about, at, parent, memory }) => ({
      name,
      description: about,
      snaptime: secondsOf(at),
      ...(parent !== undefined && { parent }),
      ...(type === 'qemu' && { vmstate: memory ? 1 : 0 }),
    }));
    const current = { name: 'current', description: 'You are here!', digest: digestOf(guest) };
    const parent = guest.parent === undefined ? {} : { parent: guest.parent };
    return [...taken, { ...current, running: guest.status === 'stopped' ? 0 : 1, ...parent }];
  };

const get = (type: GuestType, rest: string, run: Endpoint['run'], params = {}): Endpoint => ({
  method: 'GET',
  path: guestPath(type, rest),
  right: AUDIT,
  params: { ...GUEST, ...params },
  run,
});

export const guestEndpoints: readonly Endpoint[] = [
  ...forBoth((type) => get(type, '/config', config(type), { current: bool, snapshot: snapshotName })),
  ...forBoth((type) => get(type, '/pending', pending(type))),
  ...forBoth((type) => get(type, '/snapshot', snapshots(type))),
  ...forBoth((type) => get(type, '/status/current', (call) => guestStatus(call.cluster, guestOf(call, type)))),
];
