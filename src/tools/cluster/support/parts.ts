import type { KubeKind, KubeObject } from '../../../clients/kubernetes/contract.ts';
import type { Effect } from '../../../core/effect.ts';
import { resources } from '../../../world/kubernetes/resources.ts';

/** Where the world reads each part: the same plural exists in several groups (`pods` in metrics.k8s.io). */
const PART_OF = new Map(resources.map(({ part, kind }) => [`${kind.group}/${kind.resource}`, part]));

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
