import * as z from 'zod';
import type { Parts } from '../../world/parts.ts';
import { nodesByGuest } from '../../world/proxmox/relations.ts';
import type { ProxmoxGuest } from '../../world/proxmox/schema.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { durationText, enumerate, isOlderThan, minutesSince } from '../facts.ts';
import { guestLabel, hasTag, isHeld, keyOf, subjectOf, unlockCommand } from './facts.ts';

const DAY = 24 * 60;

export default defineCheck({
  id: 'P06',
  title:
    'Guests are set up as they should be, none keeps a lock that a crash left, and no two etcd servers share a host',
  severity: 'medium',
  why: 'An LSI controller stalls under load, a server that does not start with its host is found after the power cut, a forgotten snapshot grows until the pool is full, a lock that nobody holds stops every backup and every change, and two voters on one host fall together.',
  needs: ['proxmoxGuests'],
  wants: ['nodes', 'proxmoxTasks'],
  demands: ['nodes', 'proxmoxTasks'],
  params: z.strictObject({ snapshotDays: z.int().positive().default(7) }),
  introduced: 'ask',
  evaluate({ proxmoxGuests, nodes, proxmoxTasks }, { params, now }) {
    const servers = nodes === undefined ? undefined : serversIn(nodes, proxmoxGuests);
    const guests = [...proxmoxGuests].filter(([, guest]) => !guest.template && !hasTag(guest, 'lab'));
    return [
      ...guests.flatMap(([key, guest]) => [
        ...hygiene(guest, servers?.has(key) ?? false),
        ...oldSnapshots(guest, params.snapshotDays, now),
        ...(proxmoxTasks === undefined ? [] : leftLock(guest, proxmoxTasks, now)),
      ]),
      ...(servers === undefined ? [] : sharedHosts(servers, proxmoxGuests)),
    ];
  },
});

/** Guests that hold a voter of etcd, or the only server. */
function serversIn(nodes: Parts['nodes'], proxmoxGuests: Parts['proxmoxGuests']): ReadonlyMap<string, string> {
  const isServer = (name: string): boolean =>
    ['etcd', 'control-plane'].some((role) =>
      Object.hasOwn(nodes.get(name)?.metadata.labels ?? {}, `node-role.kubernetes.io/${role}`),
    );
  return new Map(
    [...nodesByGuest({ nodes, proxmoxGuests })].flatMap(([key, names]) => {
      const server = names.find(isServer);
      return server === undefined ? [] : [[key, server] as const];
    }),
  );
}

function hygiene(guest: ProxmoxGuest, isServer: boolean): readonly FoundFault[] {
  const { config } = guest;
  if (config === undefined) return [];
  const { options } = config;
  const fault = (
    kind: string,
    message: string,
    evidence: string,
    remedy: string,
    more: Partial<FoundFault> = {},
  ): FoundFault => ({
    target: guestLabel(guest),
    subject: subjectOf('proxmoxGuests', guest),
    message: `${guestLabel(guest)} ${message}`,
    evidence: [evidence],
    remedy,
    fingerprint: `P06:${kind}:${keyOf(guest.metadata)}`,
    lessons: [],
    ...more,
  });
  const faults: FoundFault[] = [];
  const hasScsi = Object.keys(options).some((name) => /^scsi\d+$/.test(name));
  const controller = options['scsihw'] ?? 'lsi';
  if (guest.type === 'qemu' && hasScsi && controller.startsWith('lsi'))
    faults.push(
      fault(
        'lsi',
        'has an LSI controller, which stalls under load.',
        `scsihw ${controller}`,
        'Set scsihw to virtio-scsi-single while it is stopped.',
        { lessons: ['lsi-scsihw-stall'] },
      ),
    );
  if (guest.type === 'qemu' && isServer) faults.push(...slowDisks(options, fault));
  if (isServer && options['onboot'] !== '1')
    faults.push(
      fault('onboot', 'is a server and does not start with its host.', 'onboot is not 1', 'Set onboot to 1.'),
    );
  const unused = Object.entries(options).filter(([name]) => /^unused\d+$/.test(name));
  if (unused.length > 0)
    faults.push(
      fault(
        'unused',
        `keeps ${unused.length} disk${unused.length === 1 ? '' : 's'} that nothing uses.`,
        unused.map(([name, value]) => `${name}: ${value}`).join('; '),
        'See what is on it; a person removes it.',
        { severity: 'low' },
      ),
    );
  return faults;
}

type Fault = (
  kind: string,
  message: string,
  evidence: string,
  remedy: string,
  more?: Partial<FoundFault>,
) => FoundFault;

function slowDisks(options: Readonly<Record<string, string>>, fault: Fault): readonly FoundFault[] {
  const slow = Object.entries(options).filter(
    ([name, value]) =>
      /^(?:scsi|virtio)\d+$/.test(name) && !value.includes('media=cdrom') && !value.includes('iothread=1'),
  );
  if (slow.length === 0) return [];
  const names = enumerate(slow.map(([name]) => name));
  return [
    fault(
      'iothread',
      'is a server, and its disks have no thread of their own.',
      names,
      'Set iothread=1 on its disks (takes effect at the next start).',
      { severity: 'low' },
    ),
  ];
}

function oldSnapshots(guest: ProxmoxGuest, days: number, now: Date): readonly FoundFault[] {
  const old = (guest.snapshots ?? []).filter(({ takenAt }) => isOlderThan(takenAt, days * DAY, now));
  const [first] = old;
  if (first === undefined) return [];
  return [
    {
      target: guestLabel(guest),
      subject: subjectOf('proxmoxGuests', guest),
      severity: 'low',
      message: `${guestLabel(guest)} keeps ${old.length === 1 ? 'a snapshot' : `${old.length} snapshots`} older than ${days} days.`,
      evidence: old
        .slice(0, 5)
        .map(({ name, takenAt }) => `${name}: ${durationText(minutesSince(takenAt, now) ?? 0)} old`),
      remedy: 'proxmox_delete_snapshot, once a backup holds what it was for.',
      fingerprint: `P06:snapshots:${keyOf(guest.metadata)}`,
      lessons: [],
    },
  ];
}

/** Of `suspended` a guest is locked as long as it sleeps. A task may end between the two looks: its lock is gone then. */
const LOCKED_MINUTES = 15;

function leftLock(guest: ProxmoxGuest, tasks: Parts['proxmoxTasks'], now: Date): readonly FoundFault[] {
  const { lock, vmid, metadata } = guest;
  if (lock === undefined || lock === 'suspended' || isHeld(guest, tasks)) return [];
  const last = [...tasks.values()]
    .filter((task) => task.metadata.namespace === metadata.namespace && task.id === String(vmid))
    .toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1))[0];
  if (last !== undefined && !isOlderThan(last.endedAt ?? last.startedAt, LOCKED_MINUTES, now)) return [];
  return [
    {
      target: guestLabel(guest),
      subject: subjectOf('proxmoxGuests', guest),
      message: `${guestLabel(guest)} is locked (${lock}), and no task is at work on it: every change and every backup of it is refused.`,
      evidence: [
        last === undefined
          ? 'none of the latest tasks is about it'
          : `last task: ${last.type}, ${durationText(minutesSince(last.startedAt, now) ?? 0)} ago, ${last.exitStatus || last.result}`,
      ],
      remedy: `See how its last task ended (proxmox_tasks); then a person takes the lock off at the host: ${unlockCommand(guest)}.`,
      fingerprint: `P06:lock:${keyOf(metadata)}`,
      lessons: [],
    },
  ];
}

function sharedHosts(servers: ReadonlyMap<string, string>, guests: Parts['proxmoxGuests']): readonly FoundFault[] {
  const homes = Map.groupBy([...servers], ([key]) => {
    const guest = guests.get(key);
    return `${guest?.metadata.namespace ?? ''}/${guest?.node ?? ''}`;
  });
  return [...homes]
    .filter(([, members]) => members.length > 1)
    .map(
      ([host, members]): FoundFault => ({
        target: `Host ${host}`,
        subject: { part: 'proxmoxNodes', id: host },
        severity: 'high',
        message: `${enumerate(members.map(([, name]) => name))} run on the same host ${host}: it takes them down together.`,
        evidence: members.map(([key, name]) => `${name} in guest ${key}`),
        remedy: 'proxmox_migrate_guest one of them to a host without a server.',
        fingerprint: `P06:shared:${host}:${members
          .map(([, name]) => name)
          .sort()
          .join(',')}`,
        shared: members.map(([, name]) => name),
        lessons: ['etcd-two-members-moved'],
      }),
    );
}
