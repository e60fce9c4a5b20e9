import type { Proposal } from '../../core/consult.ts';
import { containerOf, nodeOf, objectOf, podSpecOf, proposalOf, targetOf, workloadOf } from '../testing.ts';

/** A change and the lesson that must come first, or nothing that may. */
export interface Case {
  readonly name: string;
  readonly proposal: Proposal;
  readonly lesson?: string;
}

export const jellyfin = (image = 'jellyfin/jellyfin:10.10.7', rest: object = {}) =>
  workloadOf('Deployment', 'jellyfin', 'media', podSpecOf([containerOf('jellyfin', image, rest)]));

export const namespaceOf = (name: string, labels: object) =>
  objectOf('Namespace', name, undefined, { spec: {} }, labels);
export const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' };

export const label = (kind: string, name: string, labels: object, object: object, namespace?: string): Proposal =>
  proposalOf('cluster_label', [targetOf(kind, name, namespace)], {
    input: { kind, name, namespace, labels, annotations: {}, remove_labels: [], remove_annotations: [] },
    objects: [object],
  });

export const scale = (kind: string, name: string, namespace: string, replicas: number): Proposal =>
  proposalOf('cluster_scale', [targetOf(kind, name, namespace)], {
    input: { kind, namespace, name, replicas },
    objects: [
      workloadOf(kind, name, namespace, podSpecOf([containerOf(name, `ghcr.io/example/${name}:1.2.3`)]), { replicas }),
    ],
    text: `${kind} ${namespace}/${name}: replicas 1 -> ${replicas}`,
  });

export const drain = (node: string, text: string, input: object = {}, labels: object = {}): Proposal =>
  proposalOf('cluster_drain', [targetOf('Node', node)], {
    input: { node, ...input },
    objects: [nodeOf(node, labels, { unschedulable: true })],
    text,
  });

export const patch = (
  kind: string,
  name: string,
  namespace: string | undefined,
  change: object,
  object: object,
): Proposal =>
  proposalOf('cluster_patch', [targetOf(kind, name, namespace)], {
    input: { kind, namespace, name, patch: JSON.stringify(change), type: 'strategic' },
    objects: [object],
  });

export const remove = (kind: string, name: string, namespace?: string): Proposal =>
  proposalOf('cluster_delete', [targetOf(kind, name, namespace)], {
    input: { kind, namespace, name },
    text: `delete ${kind} ${name}`,
  });

export const podAffinity = {
  requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [] }] },
};
