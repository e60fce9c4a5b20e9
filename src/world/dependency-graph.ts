import { linkReleases } from './helm/relations.ts';
import type { Pod } from './kubernetes/pod.ts';
import { push } from './labels.ts';
import { holdsData, replicasByVolume, volumesByHandle } from './longhorn/relations.ts';
import type { ObjectPartName, Parts } from './parts.ts';
import { guestKey, machinesOf, volumesOf } from './proxmox/relations.ts';
import type { ProxmoxGuest } from './proxmox/schema.ts';
import { idOf, indexWorkloads, WORKLOAD_PARTS, type WorkloadParts } from './relations.ts';
import { claimsOf } from './storage.ts';
import type { World } from './world.ts';
import { datasetsSeen, mountsByHost } from './zfs/paths.ts';
import { volumesByDataset } from './zfs/relations.ts';

/** One thing of any system in the picture of what stands on what. */
export interface Thing {
  /** `Kind key`: unique, and what people read. */
  readonly id: string;
  readonly kind: string;
  /** Other names it is found by: a serial number, a uuid, the name of a guest. */
  readonly names: readonly string[];
}

/** `upper` does not run without `lower`, or has one of its copies there: `why` says so. */
export interface Edge {
  readonly upper: string;
  readonly lower: string;
  /** Why this is known, where it is not plain. */
  readonly why?: string;
}

export interface DependencyGraph {
  readonly things: ReadonlyMap<string, Thing>;
  readonly standsOn: ReadonlyMap<string, readonly Edge[]>;
  readonly carries: ReadonlyMap<string, readonly Edge[]>;
  /** Parts that could not be read: what they would tell is missing here. */
  readonly gaps: readonly { readonly part: string; readonly reason: string }[];
}

const PARTS = [
  'nodes',
  'persistentVolumeClaims',
  'persistentVolumes',
  'proxmoxGuests',
  'proxmoxNodes',
  'proxmoxStorages',
  'zfsHosts',
  'zfsPools',
  'zfsDatasets',
  'zfsDisks',
  'powerOutlets',
  'longhornVolumes',
  'longhornReplicas',
  'helmReleases',
  ...WORKLOAD_PARTS,
] as const satisfies readonly ObjectPartName[];
type GraphParts = { readonly [K in (typeof PARTS)[number]]?: Parts[K] };

const kept = new WeakMap<World, DependencyGraph>();

/** The picture of a world; made once per world, in time linear in its objects. */
export function dependencyGraph(world: World): DependencyGraph {
  const known = kept.get(world);
  if (known !== undefined) return known;
  const parts: Record<string, unknown> = {};
  const gaps: { part: string; reason: string }[] = [];
  for (const name of PARTS) {
    const part = world.part(name);
    if (part.state === 'known') parts[name] = part.value;
    if (part.state === 'unknown') gaps.push({ part: name, reason: part.reason });
  }
  const graph = { ...build(parts as GraphParts), gaps }; // sound: each value is the known part of its name
  kept.set(world, graph);
  return graph;
}

const NO_NAMES: readonly string[] = [];

class Builder {
  readonly things = new Map<string, Thing>();
  readonly standsOn = new Map<string, Edge[]>();
  readonly carries = new Map<string, Edge[]>();

  thing(kind: string, key: string, names: readonly (string | undefined)[] = NO_NAMES): string {
    const id = `${kind} ${key}`;
    const own = this.things.get(id);
    const more =
      names.length === 0 ? NO_NAMES : names.filter((name): name is string => name !== undefined && name !== '');
    if (own !== undefined && more.length === 0) return id;
    this.things.set(id, { id, kind, names: own === undefined ? more : [...own.names, ...more] });
    return id;
  }

  /** Draws a line between things that are both there. */
  edge(upper: string, lower: string, why?: string): void {
    if (!this.things.has(upper) || !this.things.has(lower)) return;
    const edge: Edge = { upper, lower, ...(why !== undefined && { why }) };
    push(this.standsOn, upper, edge);
    push(this.carries, lower, edge);
  }
}

function build(parts: GraphParts): Omit<DependencyGraph, 'gaps'> {
  const graph = new Builder();
  addHosts(graph, parts);
  addStorage(graph, parts);
  addMachines(graph, parts);
  addCluster(graph, parts);
  addReleases(graph, parts);
  return graph;
}

/** A Proxmox node and a ZFS host of the same name are one host. */
function addHosts(graph: Builder, { proxmoxNodes, zfsHosts, powerOutlets }: GraphParts): void {
  for (const { metadata, address } of proxmoxNodes?.values() ?? [])
    graph.thing('Host', metadata.name, [`${metadata.namespace ?? ''}/${metadata.name}`, address]);
  for (const { metadata } of zfsHosts?.values() ?? []) graph.thing('Host', metadata.name);
  for (const { host, strip, child, alias } of powerOutlets?.values() ?? []) {
    const outlet = graph.thing('Outlet', `${strip}/${child.slice(-2)}`, [child, alias, host]);
    graph.edge(graph.thing('Host', host), outlet);
  }
}

const hostIn = ({ metadata }: { readonly metadata: { readonly namespace?: string | undefined } }): string =>
  metadata.namespace ?? '';

function addStorage(graph: Builder, { zfsDisks, zfsPools, zfsDatasets }: GraphParts): void {
  for (const [key, pool] of zfsPools ?? [])
    graph.edge(graph.thing('Pool', key, [pool.metadata.uid]), `Host ${hostIn(pool)}`);
  for (const [key, disk] of zfsDisks ?? []) {
    const { serial, path, member } = disk;
    const id = graph.thing('Disk', key, [serial, path]);
    graph.edge(id, `Host ${hostIn(disk)}`);
    if (member !== undefined)
      graph.edge(`Pool ${hostIn(disk)}/${member.pool}`, id, `${member.class} ${member.top}, ${member.state}`);
  }
  for (const [key, dataset] of zfsDatasets ?? [])
    if (datasetId(key).startsWith('Dataset'))
      graph.edge(graph.thing('Dataset', key), `Pool ${hostIn(dataset)}/${dataset.metadata.name.split('/')[0] ?? ''}`);
}

function addMachines(graph: Builder, parts: GraphParts): void {
  const datasets = datasetsByVolume(parts);
  for (const storage of parts.proxmoxStorages?.values() ?? [])
    if (storage.shared) graph.thing('Storage', `${hostIn(storage)}/${storage.storage}`);
    else
      graph.edge(
        graph.thing('Storage', `${hostIn(storage)}/${storage.node}/${storage.storage}`),
        `Host ${storage.node}`,
      );
  for (const guest of parts.proxmoxGuests?.values() ?? []) addGuest(graph, guest, datasets);
}

function addGuest(graph: Builder, guest: ProxmoxGuest, datasets: ReadonlyMap<string, string>): void {
  const id = graph.thing('Guest', guestKey(guest), [guest.name, String(guest.vmid), guest.config?.uuid]);
  graph.edge(id, `Host ${guest.node}`);
  for (const [option, volume] of volumesOf(guest)) {
    const [storage = '', name = ''] = volume.split(':');
    const dataset = datasets.get(`${guest.node}/${name.split('/').at(-1) ?? ''}`);
    if (dataset !== undefined) graph.edge(id, `Dataset ${dataset}`, option);
    // Shared, or of this host: the picture has one of the two.
    for (const where of dataset === undefined ? [storage, `${guest.node}/${storage}`] : [])
      graph.edge(id, `Storage ${hostIn(guest)}/${where}`, option);
  }
}

/** `host/vm-101-disk-0` -> dataset key. */
function datasetsByVolume({ zfsDatasets }: GraphParts): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [key, { metadata }] of zfsDatasets ?? []) {
    const last = metadata.name.slice(metadata.name.lastIndexOf('/') + 1);
    if (/^(?:vm|subvol|base)-\d+-/.test(last)) found.set(`${metadata.namespace ?? ''}/${last}`, key);
  }
  return found;
}

function addCluster(graph: Builder, parts: GraphParts): void {
  addNodes(graph, parts);
  addVolumes(graph, parts);
  const mounts = mountsByHost(parts.zfsDatasets ?? new Map());
  for (const [key, pod] of parts.pods ?? []) {
    const id = addPod(graph, key, pod);
    for (const dataset of datasetsSeen(pod, mounts)) graph.edge(id, datasetId(dataset), 'a path of its node');
  }
  if (WORKLOAD_PARTS.every((part) => parts[part] !== undefined)) addWorkloads(graph, parts as WorkloadParts); // sound: every one of them is there
}

function addNodes(graph: Builder, { nodes, proxmoxGuests }: GraphParts): void {
  for (const [name, node] of nodes ?? []) {
    const id = graph.thing('Node', name);
    for (const { key, proof } of proxmoxGuests === undefined ? [] : machinesOf(node, { proxmoxGuests }))
      graph.edge(id, `Guest ${key}`, `by ${proof}`);
    // On bare metal the node is the host.
    if (!graph.standsOn.has(id)) graph.edge(id, `Host ${name}`, 'the same name');
  }
}

function addVolumes(graph: Builder, parts: GraphParts): void {
  const { zfsDatasets } = parts;
  for (const key of parts.persistentVolumes?.keys() ?? []) graph.thing('PersistentVolume', key);
  addLonghorn(graph, parts);
  for (const [key, volumes] of zfsDatasets === undefined ? [] : volumesByDataset({ ...parts, zfsDatasets }))
    for (const { metadata } of volumes) graph.edge(`PersistentVolume ${metadata.name}`, datasetId(key));
  for (const [key, { spec }] of parts.persistentVolumeClaims ?? [])
    graph.edge(graph.thing('PersistentVolumeClaim', key), `PersistentVolume ${spec.volumeName ?? ''}`);
}

/** A volume stands on the nodes that have all of its data; a replica that failed or is not complete carries nothing. */
function addLonghorn(graph: Builder, { longhornVolumes, longhornReplicas, persistentVolumes }: GraphParts): void {
  if (longhornVolumes === undefined) return;
  const replicas = replicasByVolume({ longhornReplicas: longhornReplicas ?? new Map() });
  const carried = volumesByHandle({ persistentVolumes: persistentVolumes ?? new Map() });
  for (const [key, { metadata }] of longhornVolumes) {
    const own = replicas.get(key) ?? [];
    const id = graph.thing('LonghornVolume', metadata.name, [key, ...own.map((one) => one.metadata.name)]);
    const volume = carried.get(metadata.name);
    if (volume !== undefined) graph.edge(`PersistentVolume ${volume.metadata.name}`, id);
    const complete = own.filter(holdsData);
    const why = complete.length === 1 ? 'its only complete replica' : `one of ${complete.length} complete replicas`;
    for (const { spec } of complete) graph.edge(id, `Node ${spec.nodeID}`, why);
  }
}

/** The root dataset is the pool. */
const datasetId = (key: string): string => (key.split('/').length > 2 ? `Dataset ${key}` : `Pool ${key}`);

function addPod(graph: Builder, key: string, { spec, metadata }: Pod): string {
  const id = graph.thing('Pod', key);
  graph.edge(id, `Node ${spec.nodeName ?? ''}`);
  for (const claim of claimsOf({ namespace: metadata.namespace ?? '', spec }))
    graph.edge(id, `PersistentVolumeClaim ${claim}`);
  return id;
}

function addWorkloads(graph: Builder, parts: WorkloadParts): void {
  for (const { kind, namespace, name, pods } of indexWorkloads(parts).all) {
    if (kind === 'Pod') continue;
    const id = graph.thing(kind, `${namespace}/${name}`);
    for (const pod of pods) graph.edge(id, `Pod ${idOf(pod.metadata)}`);
  }
}

/** Last of all: a release stands on whatever of its objects is in the picture. */
function addReleases(graph: Builder, { helmReleases }: GraphParts): void {
  if (helmReleases === undefined) return;
  const links = linkReleases(helmReleases);
  for (const key of helmReleases.keys()) {
    const id = graph.thing('Release', key);
    for (const object of links.objectsOf(key)) graph.edge(id, object);
  }
}
