import * as z from 'zod';
import type { Section } from '../../core/output.ts';
import { sizeText } from '../../core/size.ts';
import type { World } from '../../world/world.ts';
import { defineTool } from '../define.ts';
import { Cluster, NodeName } from './support/inputs.ts';
import { FRESH_MS, gapsOf, objectsOf, percent, table } from './support/view.ts';

const PARTS = [
  'proxmoxCluster',
  'proxmoxNodes',
  'proxmoxStorages',
  'proxmoxHa',
  'proxmoxReplication',
  'proxmoxDisks',
  'proxmoxGuests',
  'proxmoxTasks',
] as const;

export default defineTool({
  name: 'proxmox_overview',
  title: 'Overview of Proxmox',
  description:
    'Quorum, hosts, high availability, storages and replication, abnormal ones first. With node: its disks and running tasks.',
  effect: 'read',
  needs: ['proxmox', 'world'],
  taints: [],
  input: z.strictObject({ cluster: Cluster.optional(), node: NodeName.optional() }),
  async run({ cluster }, ctx) {
    if (cluster !== undefined) await ctx.clients.proxmox.cluster(cluster);
    ctx.progress('looking at Proxmox');
    return ctx.clients.world.world({ maxAgeMs: FRESH_MS, signal: ctx.signal });
  },
  render: (world, { cluster, node }) => ({
    summary: summaryOf(world, cluster),
    sections: [
      ...gapSection(world),
      ...hostRows(world, cluster, node),
      ...haRows(world, cluster),
      ...replicationRows(world, cluster),
      ...storageRows(world, cluster, node),
      ...(node === undefined ? [] : nodeSections(world, cluster, node)),
    ],
    next:
      node === undefined
        ? 'proxmox_guests lists guests; overview lists what the checks find.'
        : 'depends_on says what hangs on it.',
  }),
});

function summaryOf(world: World, cluster: string | undefined): string {
  const { values } = objectsOf(world, 'proxmoxCluster', cluster);
  const nodes = objectsOf(world, 'proxmoxNodes', cluster).values;
  const lines = values.map(({ metadata, quorum, expectedVotes, armed, stale }) => {
    const own = nodes.filter((node) => node.metadata.namespace === metadata.name);
    const votes = own.filter(({ online }) => online).reduce((sum, node) => sum + node.votes, 0);
    const quorumText =
      quorum === 'standalone'
        ? 'standalone'
        : `${quorum === 'lost' ? 'QUORUM LOST' : quorum === 'quorate' ? 'quorate' : 'quorum unknown'}, votes ${votes}, needed ${expectedVotes ?? '?'}`;
    const ha =
      armed === undefined ? 'high availability not told' : armed ? 'high availability armed' : 'high availability off';
    return `Proxmox ${metadata.name}: ${quorumText}; ${own.filter(({ online }) => online).length}/${own.length} hosts online; ${ha}${stale.length > 0 ? `, ${stale.length} of its managers silent` : ''}.`;
  });
  return lines.length > 0
    ? `${lines.join(' ')} As of ${world.at.toISOString()}.`
    : 'Proxmox could not be read: nothing below is complete.';
}

const gapSection = (world: World): readonly Section[] => {
  const gaps = gapsOf(world, PARTS);
  return gaps.length === 0 ? [] : [{ kind: 'text', ours: true, title: 'Unknown', text: gaps.join('\n') }];
};

function hostRows(world: World, cluster: string | undefined, node: string | undefined): readonly Section[] {
  const guests = objectsOf(world, 'proxmoxGuests', cluster);
  const nodes = objectsOf(world, 'proxmoxNodes', cluster).values.filter(
    ({ metadata }) => node === undefined || metadata.name === node,
  );
  const rows = nodes
    .toSorted((a, b) => Number(a.online) - Number(b.online))
    .map(({ metadata, online, maintenance, version, uptimeSeconds, memoryBytes = 0, memoryUsedBytes = 0 }) => [
      `${metadata.namespace ?? ''}/${metadata.name}`,
      online ? (maintenance === undefined ? 'online' : `maintenance: ${maintenance}`) : 'OFFLINE',
      version ?? '?',
      uptimeSeconds === undefined ? '?' : `${Math.floor(uptimeSeconds / 86_400)}d`,
      memoryBytes === 0 ? '?' : `${percent(memoryUsedBytes, memoryBytes)} of ${sizeText(memoryBytes)}`,
      online && guests.gap === undefined
        ? String(
            guests.values.filter(
              (guest) =>
                guest.node === metadata.name &&
                guest.metadata.namespace === metadata.namespace &&
                guest.status === 'running',
            ).length,
          )
        : '?',
    ]);
  return table('Hosts', ['host', 'state', 'version', 'up', 'memory', 'guests running'], rows);
}

const haRows = (world: World, cluster: string | undefined): readonly Section[] =>
  table(
    'High availability, not started',
    ['service', 'state', 'wanted', 'node'],
    objectsOf(world, 'proxmoxHa', cluster)
      .values.filter(({ state }) => state !== 'started')
      .map(({ metadata, state, requestState, node }) => [metadata.name, state, requestState ?? '?', node ?? '?']),
  );

const replicationRows = (world: World, cluster: string | undefined): readonly Section[] =>
  table(
    'Replication that fails',
    ['job', 'to', 'failures', 'last sync', 'error'],
    objectsOf(world, 'proxmoxReplication', cluster)
      .values.filter(({ failCount, error }) => failCount > 0 || error !== undefined)
      .map(({ metadata, target, failCount, lastSyncAt, error }) => [
        metadata.name,
        target,
        String(failCount),
        lastSyncAt ?? 'never',
        error ?? '',
      ]),
  );

/** What a host that is away says of its storages is no news: the host is. */
function storageRows(world: World, cluster: string | undefined, node: string | undefined): readonly Section[] {
  const away = new Set(
    objectsOf(world, 'proxmoxNodes', cluster)
      .values.filter(({ online }) => !online)
      .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`),
  );
  const seen = new Set<string>();
  const rows = objectsOf(world, 'proxmoxStorages', cluster)
    .values.filter((one) =>
      node === undefined ? !away.has(`${one.metadata.namespace ?? ''}/${one.node}`) : one.node === node,
    )
    .filter(({ shared, active, storage, metadata }) => {
      const key = shared && active ? `${metadata.namespace ?? ''}/${storage}` : metadata.name;
      return seen.has(key) ? false : seen.add(key) !== undefined;
    })
    .toSorted(
      (a, b) =>
        Number(a.active) - Number(b.active) || b.usedBytes / (b.totalBytes || 1) - a.usedBytes / (a.totalBytes || 1),
    )
    .map(({ metadata, shared, storage, node: host, type, active, usedBytes, totalBytes }) => [
      shared ? `${metadata.namespace ?? ''}/${storage} (shared)` : `${metadata.namespace ?? ''}/${metadata.name}`,
      type,
      active ? 'active' : `NOT ACTIVE on ${host}`,
      totalBytes === 0 ? '?' : `${percent(usedBytes, totalBytes)} of ${sizeText(totalBytes)}`,
    ]);
  return table('Storages, fullest first', ['storage', 'type', 'state', 'used'], rows);
}

const nodeSections = (world: World, cluster: string | undefined, node: string): readonly Section[] => [
  ...table(
    'Disks',
    ['disk', 'model', 'serial', 'size', 'health', 'life left', 'used for'],
    objectsOf(world, 'proxmoxDisks', cluster)
      .values.filter((disk) => disk.node === node)
      .map(({ device, model, serial, sizeBytes, health, wearout, used }) => [
        device,
        model,
        serial,
        sizeText(sizeBytes),
        health,
        wearout === undefined ? '?' : `${wearout} %`,
        used || 'nothing',
      ]),
  ),
  ...table(
    'Running tasks',
    ['type', 'id', 'since', 'user'],
    objectsOf(world, 'proxmoxTasks', cluster)
      .values.filter((task) => task.node === node && task.result === 'running')
      .map(({ type, id, startedAt, user }) => [type, id, startedAt, user]),
  ),
];
