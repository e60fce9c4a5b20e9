import type { Change } from '../core/change.ts';
import type { CheckResult } from '../core/finding.ts';
import { type PartName, partSchemas } from '../world/parts.ts';
import type { Readings } from '../world/readings/contract.ts';
import { idOf } from '../world/relations.ts';
import { isPartName, known, unknown, World, type WorldParts } from '../world/world.ts';
import type { AnyCheck } from './define.ts';
import { runChecks } from './run.ts';

export const NOW = new Date('2026-11-20T12:00:00Z');

/** A time that many minutes before `NOW`, as the API writes it. */
export const ago = (minutes: number): string => new Date(+NOW - minutes * 60_000).toISOString();

/** An object of a test: what matters, in the shape of the API. */
export interface Thing {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export type Things = {
  readonly [part in Exclude<PartName, 'change' | 'replaced' | 'readings' | 'images'>]?: readonly Thing[];
} & {
  readonly images?: Readonly<Record<string, unknown>>;
  readonly readings?: Readings;
};

/** A literal world in which every part is known; a part that is not given is empty. */
export function worldOf(things: Things, unread: readonly PartName[] = []): World {
  const parts: Record<string, unknown> = {};
  for (const name of Object.keys(partSchemas)) {
    if (!isPartName(name)) continue;
    const given: readonly (readonly [string, unknown])[] =
      name === 'images'
        ? Object.entries(things.images ?? {})
        : (things[name] ?? []).map((thing) => [idOf({ ...EMPTY, ...thing.metadata }), thing]);
    parts[name] = known(new Map(given.map(([id, value]) => [id, partSchemas[name].parse(value)])));
  }
  if (things.readings !== undefined) parts['readings'] = known(things.readings);
  for (const name of unread) parts[name] = unknown('forbidden');
  return new World(NOW, parts as WorldParts); // every part was parsed with its own schema just above
}

const EMPTY = {
  uid: '',
  resourceVersion: '',
  creationTimestamp: undefined,
  deletionTimestamp: undefined,
  labels: {},
  annotations: {},
  ownerReferences: [],
};

export const changeOf = (change: Partial<Change>): Change => ({
  action: 'cluster_apply',
  targets: [],
  effects: [],
  touches: [],
  refusals: [],
  warnings: [],
  ...change,
});

/** The world as a change would leave it. */
export const planned = (world: World, change: Partial<Change>): World =>
  world.patch(change.effects ?? [], changeOf(change));

export function run(check: AnyCheck, world: World, params?: Readonly<Record<string, unknown>>): CheckResult {
  const [result] = runChecks([check], world, {
    now: NOW,
    ...(params === undefined ? {} : { params: { [check.id]: params } }),
  });
  if (result === undefined) throw new Error('the runner gave no result');
  return result;
}

type Fields = Readonly<Record<string, unknown>>;

export const meta = (id: string, more: Fields = {}): Thing['metadata'] => {
  const [namespace, name] = id.includes('/') ? id.split('/', 2) : [undefined, id];
  return {
    name: name ?? id,
    ...(namespace === undefined ? {} : { namespace }),
    uid: id,
    creationTimestamp: ago(10_000),
    ...more,
  };
};

export const ownedBy = (kind: string, name: string): Fields => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: name, controller: true }],
});

export const container = (image: string, more: Fields = {}): Fields => ({ name: 'main', image, ...more });

export const port = (containerPort: number, name?: string): Fields => ({
  ports: [{ containerPort, ...(name === undefined ? {} : { name }) }],
});

/** A pod template with one container. */
export const template = (labels: Fields, image: string, more: Fields = {}, spec: Fields = {}): Fields => ({
  metadata: { labels },
  spec: { containers: [container(image, more)], ...spec },
});

export const deployment = (id: string, podTemplate: Fields, spec: Fields = {}, more: Fields = {}): Thing => ({
  metadata: meta(id),
  spec: { replicas: 1, selector: { matchLabels: {} }, template: podTemplate, ...spec },
  ...more,
});

export const service = (
  id: string,
  selector: Fields,
  targetPort: number | string = 8080,
  more: Fields = {},
): Thing => ({
  metadata: meta(id),
  spec: { selector, ports: [{ port: 80, targetPort }], ...more },
});

export const ready = (status: 'True' | 'False', minutesAgo = 1000): Fields => ({
  type: 'Ready',
  status,
  lastTransitionTime: ago(minutesAgo),
});

/** A running, ready pod on node `n1`. */
export const pod = (
  id: string,
  labels: Fields,
  more: { metadata?: Fields; spec?: Fields; status?: Fields } = {},
): Thing => ({
  metadata: meta(id, { labels, ...more.metadata }),
  spec: { nodeName: 'n1', containers: [container('app:1')], ...more.spec },
  status: { phase: 'Running', podIP: '10.42.0.9', conditions: [ready('True')], ...more.status },
});

export const node = (name: string, more: { metadata?: Fields; spec?: Fields; status?: Fields } = {}): Thing => ({
  metadata: meta(name, { labels: { 'kubernetes.io/arch': 'amd64', 'kubernetes.io/hostname': name }, ...more.metadata }),
  spec: { ...more.spec },
  status: {
    allocatable: { cpu: '4', memory: '16Gi', pods: '110' },
    conditions: [ready('True')],
    nodeInfo: { architecture: 'amd64', operatingSystem: 'linux', kubeletVersion: 'v1.36.4+k3s1' },
    ...more.status,
  },
});
