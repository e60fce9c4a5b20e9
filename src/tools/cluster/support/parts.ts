import type { KubeKind, KubeObject } from '../../../clients/kubernetes/contract.ts';
import type { Effect } from '../../../core/effect.ts';
import { schemas } from '../../../world/kubernetes/schema.ts';

/** API group of each part of the world that is not in the core group; the same plural exists in others (`pods` in metrics.k8s.io). */
const GROUPS: Readonly<Record<string, string>> = {
  deployments: 'apps',
  replicaSets: 'apps',
  statefulSets: 'apps',
  daemonSets: 'apps',
  jobs: 'batch',
  cronJobs: 'batch',
  endpointSlices: 'discovery.k8s.io',
  ingresses: 'networking.k8s.io',
  networkPolicies: 'networking.k8s.io',
  podDisruptionBudgets: 'policy',
  storageClasses: 'storage.k8s.io',
  volumeAttachments: 'storage.k8s.io',
  csiNodes: 'storage.k8s.io',
};

const PART_OF = new Map(
  Object.keys(schemas)
    .filter((part) => part !== 'images')
    .map((part) => [`${GROUPS[part] ?? ''}/${part.toLowerCase()}`, part]),
);

/** The part of the world that holds objects of this kind; undefined for kinds that no check looks at. */
export const partOf = ({ group, resource }: Pick<KubeKind, 'group' | 'resource'>): string | undefined =>
  PART_OF.get(`${group}/${resource}`);

export const idOf = ({ metadata: { namespace, name } }: KubeObject): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

export function putEffect(kind: KubeKind, object: KubeObject): readonly Effect[] {
  const part = partOf(kind);
  return part === undefined ? [] : [{ op: 'put', part, id: idOf(object), value: object }];
}

export function removeEffect(kind: KubeKind, object: KubeObject): readonly Effect[] {
  const part = partOf(kind);
  return part === undefined ? [] : [{ op: 'remove', part, id: idOf(object) }];
}
