import type { LabApi, LooseObject } from '../controller.ts';
import type { KubeJson } from '../json.ts';
import type { Pod, PodTemplate } from './kinds.ts';
import { attemptCreate, freshName, isReady, ownerReference } from './support.ts';

export interface PodChanges {
  readonly name?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly spec?: object;
}

/** A pod of `template`, owned by `owner`. */
export const podFrom = (
  owner: KubeJson,
  template: PodTemplate,
  changes: PodChanges & { name: string },
): LooseObject => {
  const annotations = { ...template.metadata?.annotations, ...changes.annotations };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: changes.name,
      generateName: `${owner.metadata.name}-`,
      ...(owner.metadata.namespace !== undefined && { namespace: owner.metadata.namespace }),
      labels: { ...template.metadata?.labels, ...changes.labels },
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ownerReferences: [ownerReference(owner)],
    },
    spec: { ...template.spec, ...changes.spec },
  };
};

/** Creates `count` pods with events about it; stops at the first refusal and returns its reason. */
export const createPods = (
  api: LabApi,
  owner: KubeJson,
  template: PodTemplate,
  count: number,
  by: string,
  changes: PodChanges = {},
): string | undefined => {
  for (let index = 0; index < count; index += 1) {
    const name = changes.name ?? freshName(api, 'pods', owner, index);
    const outcome = attemptCreate(api, 'pods', podFrom(owner, template, { ...changes, name }));
    if ('refused' in outcome) {
      api.event(owner, 'Warning', 'FailedCreate', `Error creating: ${outcome.refused}`, by);
      return outcome.refused;
    }
    api.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${name}`, by);
  }
  return undefined;
};

const rank = (pod: Pod): number =>
  (pod.spec.nodeName ? 4 : 0) + (pod.status?.phase === 'Running' ? 2 : 0) + (isReady(pod) ? 1 : 0);

/** Who goes first when there are too many: unassigned, pending, not ready, then the youngest. */
export const deletionOrder = (a: Pod, b: Pod): number =>
  rank(a) - rank(b) ||
  b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp) ||
  a.metadata.name.localeCompare(b.metadata.name);
