import type { KubeKind, KubeObject, KubernetesReader, KubeWrite } from '../../../clients/kubernetes/contract.ts';
import type { Target } from '../../../core/target.ts';
import { at } from './json.ts';

export const nodeTarget = (name: string): Target => ({ system: 'kubernetes', kind: 'Node', name });

export const nodeKind = (kubernetes: KubernetesReader, signal: AbortSignal): Promise<KubeKind> =>
  kubernetes.kind('v1/Node', signal);

/** Null takes the field away, as kubectl uncordon does. */
export const cordonWrite = (kind: KubeKind, name: string, unschedulable: boolean): KubeWrite & { verb: 'patch' } => ({
  verb: 'patch',
  ref: { kind, name },
  type: 'merge',
  body: { spec: { unschedulable: unschedulable || null } },
});

export const isCordoned = (node: KubeObject): boolean => at(node, 'spec', 'unschedulable') === true;
