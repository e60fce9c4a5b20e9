import type { KubeKind, KubeObject, KubernetesReader } from '../../../clients/kubernetes/contract.ts';
import { listAt, textAt } from './json.ts';

/** Which kinds a controller makes objects of, and those of them that make more. */
const MAKES: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['ReplicaSet.apps', 'v1/Pod'],
  ReplicaSet: ['v1/Pod'],
  StatefulSet: ['v1/Pod'],
  DaemonSet: ['v1/Pod'],
  Job: ['v1/Pod'],
  CronJob: ['Job.batch', 'v1/Pod'],
  ReplicationController: ['v1/Pod'],
  Service: ['EndpointSlice.discovery.k8s.io'],
};

export interface OwnedObject {
  readonly kind: KubeKind;
  readonly object: KubeObject;
}

/** What the garbage collector takes along when this object goes, owners before what they own. */
export async function ownedBy(
  kubernetes: KubernetesReader,
  owner: KubeObject,
  signal: AbortSignal,
): Promise<readonly OwnedObject[]> {
  const { namespace, uid } = owner.metadata;
  if (uid === undefined) return [];
  const uids = new Set([uid]);
  const owned: OwnedObject[] = [];
  for (const name of MAKES[owner.kind] ?? []) {
    const kind = await kubernetes.kind(name, signal);
    for (const object of await kubernetes.listAll(kind, namespace === undefined ? {} : { namespace }, signal)) {
      if (!ownerUids(object).some((one) => uids.has(one))) continue;
      owned.push({ kind, object });
      if (object.metadata.uid !== undefined) uids.add(object.metadata.uid);
    }
  }
  return owned;
}

export const ownerUids = (object: KubeObject): readonly string[] =>
  listAt(object, 'metadata', 'ownerReferences').flatMap((owner) => textAt(owner, 'uid') ?? []);

export const controllerOf = (object: KubeObject): { kind: string; name: string; apiVersion: string } | undefined => {
  const owner = listAt(object, 'metadata', 'ownerReferences').find((one) => one['controller'] === true);
  const [kind, name, apiVersion] = [textAt(owner, 'kind'), textAt(owner, 'name'), textAt(owner, 'apiVersion')];
  return kind === undefined || name === undefined || apiVersion === undefined ? undefined : { kind, name, apiVersion };
};
