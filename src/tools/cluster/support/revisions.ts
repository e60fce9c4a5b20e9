import type { KubeObject, KubernetesReader } from '../../../clients/kubernetes/contract.ts';
import { at, isJson, type Json, jsonAt, numberAt, textAt } from './json.ts';
import { ownerUids } from './owned.ts';

const REVISION = 'deployment.kubernetes.io/revision';

export interface Revision {
  readonly number: number;
  /** Pod template of that revision. */
  readonly template: Json;
}

/** The revisions that a workload kept, newest first; the first one is the current one. */
export async function revisionsOf(
  kubernetes: KubernetesReader,
  workload: KubeObject,
  signal: AbortSignal,
): Promise<readonly Revision[]> {
  const isDeployment = workload.kind === 'Deployment';
  const kind = await kubernetes.kind(isDeployment ? 'ReplicaSet.apps' : 'ControllerRevision.apps', signal);
  const { namespace, uid } = workload.metadata;
  const all = await kubernetes.listAll(kind, namespace === undefined ? {} : { namespace }, signal);
  return all
    .filter((object) => uid !== undefined && ownerUids(object).includes(uid))
    .flatMap((object) => (isDeployment ? ofReplicaSet(object) : ofControllerRevision(object)))
    .toSorted((a, b) => b.number - a.number);
}

function ofReplicaSet(object: KubeObject): Revision[] {
  const number = Number(textAt(object, 'metadata', 'annotations', REVISION));
  const template = at(object, 'spec', 'template');
  if (!Number.isSafeInteger(number) || !isJson(template)) return [];
  // The controller adds this label to find its own ReplicaSet; in a Deployment it would change the hash.
  const { 'pod-template-hash': _hash, ...labels } = jsonAt(template, 'metadata', 'labels');
  return [{ number, template: { ...template, metadata: { ...jsonAt(template, 'metadata'), labels } } }];
}

function ofControllerRevision(object: KubeObject): Revision[] {
  const number = numberAt(object, 'revision');
  const template = at(object, 'data', 'spec', 'template');
  if (number === undefined || !isJson(template)) return [];
  const { $patch: _patch, ...rest } = template;
  return [{ number, template: rest }];
}
