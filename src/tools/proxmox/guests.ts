import * as z from 'zod';
import { sizeText } from '../../core/size.ts';
import type { ProxmoxBackup, ProxmoxGuest } from '../../world/proxmox/schema.ts';
import type { World } from '../../world/world.ts';
import { age } from '../cluster/support/age.ts';
import { defineTool } from '../define.ts';
import { Cluster, NodeName } from './support/inputs.ts';
import { FRESH_MS, gapsOf, objectsOf } from './support/view.ts';

const STATES = ['running', 'stopped', 'paused', 'unknown', 'template'] as const;

const Input = z.strictObject({
  cluster: Cluster.optional(),
  node: NodeName.optional(),
  state: z.enum(STATES).optional(),
  search: z.string().max(100).describe('Part of a name, a tag, or an id').optional(),
});
type Input = z.output<typeof Input>;

export default defineTool({
  name: 'proxmox_guests',
  title: 'List guests of Proxmox',
  description:
    'Virtual machines and containers with host, state, lock, high availability and age of the last backup; abnormal ones first.',
  effect: 'read',
  needs: ['proxmox', 'world'],
  taints: [],
  input: Input,
  async run({ cluster }, { clients: { proxmox, world }, now, signal }) {
    if (cluster !== undefined) await proxmox.cluster(cluster);
    return { world: await world.world({ maxAgeMs: FRESH_MS, signal }), now };
  },
  render({ world, now }, input) {
    const { values, gap } = objectsOf(world, 'proxmoxGuests', input.cluster);
    if (gap !== undefined)
      return {
        summary: `Guests are unknown: ${gap.replace(/\.$/, '')}.`,
        next: 'proxmox_overview shows what the account may not see.',
      };
    const guests = values.filter((guest) => matches(guest, input)).toSorted(byState);
    const backups = new Map(
      objectsOf(world, 'proxmoxBackups', input.cluster).values.map((one) => [
        `${one.metadata.namespace ?? ''}/${one.vmid}`,
        one,
      ]),
    );
    const sick = guests.filter((guest) => rank(guest) === 0).length;
    return {
      summary: `${guests.length} guests${sick > 0 ? `, ${sick} not as usual` : ''}. ${gapsText(world)}`.trim(),
      sections: [
        {
          kind: 'table',
          columns: ['guest', 'name', 'host', 'state', 'memory', 'last backup', 'notes'],
          rows: guests.map((guest) => rowOf(guest, backups, now)),
        },
      ],
      page: { offset: 0, total: guests.length },
    };
  },
});

const gapsText = (world: World): string => gapsOf(world, ['proxmoxBackups', 'proxmoxHa']).join('; ');

function matches({ node, status, template, name, tags, vmid }: ProxmoxGuest, input: Input): boolean {
  const text = input.search?.toLowerCase();
  return (
    (input.node === undefined || node === input.node) &&
    (input.state === undefined || (input.state === 'template' ? template : !template && status === input.state)) &&
    (text === undefined || name.toLowerCase().includes(text) || tags.includes(text) || String(vmid) === text)
  );
}

/** 0 = look at it first. */
const rank = ({ status, lock, unread, haState }: ProxmoxGuest): number =>
  status === 'unknown' || status === 'paused' || lock !== undefined || unread !== undefined || haState === 'error'
    ? 0
    : status === 'running'
      ? 1
      : 2;
const byState = (a: ProxmoxGuest, b: ProxmoxGuest): number => rank(a) - rank(b) || a.vmid - b.vmid;

function rowOf(guest: ProxmoxGuest, backups: ReadonlyMap<string, ProxmoxBackup>, now: Date): readonly string[] {
  const key = `${guest.metadata.namespace ?? ''}/${guest.vmid}`;
  const newest = backups.get(key)?.archives[0];
  return [
    key,
    guest.name,
    guest.node,
    guest.template ? 'template' : guest.status,
    guest.memoryBytes === 0 ? '?' : sizeText(guest.memoryBytes),
    backups.size === 0 ? '?' : newest === undefined ? 'none' : age(newest.createdAt, now),
    notesOf(guest),
  ];
}

const notesOf = ({ type, lock, haState, config, unread, tags }: ProxmoxGuest): string =>
  [
    type === 'lxc' ? 'container' : '',
    lock === undefined ? '' : `locked: ${lock}`,
    haState === undefined ? '' : `HA ${haState}`,
    config?.protection === true ? 'protected' : '',
    config === undefined || config.pending.length === 0 ? '' : `pending: ${config.pending.join(',')}`,
    unread ?? '',
    tags.join(','),
  ]
    .filter((note) => note !== '')
    .join('; ');
