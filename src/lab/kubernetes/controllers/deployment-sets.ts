import type { LabApi } from '../controller.ts';
import type { Deployment, PodTemplate, ReplicaSet } from './kinds.ts';
import { rolloutBounds } from './rollout.ts';
import { attemptCreate, isSame, MANAGER, ownerReference, templateHash, tolerate } from './support.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const MAXIMUM = 'deployment.kubernetes.io/max-replicas';
const HASH = 'pod-template-hash';
/** Annotations of a deployment that its sets do not inherit. */
const OWN = new Set(['kubectl.kubernetes.io/last-applied-configuration', REVISION, DESIRED, MAXIMUM]);

export const revisionOf = ({ metadata }: ReplicaSet): number => Number(metadata.annotations?.[REVISION] ?? 0);

const withoutHash = ({ metadata, spec }: PodTemplate): object => {
  const { [HASH]: _hash, ...labels } = metadata?.labels ?? {};
  const { creationTimestamp: _time, ...rest } = metadata ?? {};
  return { metadata: { ...rest, labels }, spec };
};

export const sameTemplate = (set: ReplicaSet, deployment: Deployment): boolean =>
  isSame(withoutHash(set.spec.template), withoutHash(deployment.spec.template));

const inherited = (deployment: Deployment): Record<string, string> =>
  Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !OWN.has(key)));

const sizes = (deployment: Deployment): Record<string, string> => {
  const wanted = deployment.spec.replicas ?? 1;
  return { [DESIRED]: String(wanted), [MAXIMUM]: String(wanted + rolloutBounds(deployment).surge) };
};

const announce = (api: LabApi, deployment: Deployment, set: string, from: number, to: number, by: string): void => {
  const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${set} from ${from} to ${to}`;
  api.event(deployment, 'Normal', 'ScalingReplicaSet', message, by);
};

const createSet = (
  api: LabApi,
  deployment: Deployment,
  revision: number,
  replicas: number,
  by: string,
): ReplicaSet | undefined => {
  const { metadata, spec } = deployment;
  const hash = templateHash(withoutHash(spec.template), deployment.status?.collisionCount);
  const labels = { ...spec.template.metadata?.labels, [HASH]: hash };
  const name = `${metadata.name}-${hash}`;
  const outcome = attemptCreate(api, 'replicasets.apps', {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      labels,
      annotations: { ...inherited(deployment), ...sizes(deployment), [REVISION]: String(revision) },
      ownerReferences: [ownerReference(deployment)],
    },
    spec: {
      replicas,
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [HASH]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
      ...(spec.minReadySeconds !== undefined && { minReadySeconds: spec.minReadySeconds }),
    },
  });
  if ('refused' in outcome) {
    const message = `Failed to create new replica set "${name}": ${outcome.refused}`;
    api.event(deployment, 'Warning', 'ReplicaSetCreateError', message, by);
    return undefined;
  }
  if (replicas > 0) announce(api, deployment, name, 0, replicas, by);
  return outcome.created as ReplicaSet; // created from a ReplicaSet just above
};

/** The set of the current template, created when there is none, with a revision above all older ones. */
export const writeNewSet = (
  api: LabApi,
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
  by: string,
): ReplicaSet | undefined => {
  const newest = Math.max(0, ...old.map(revisionOf));
  // The first set of a deployment has nobody to wait for.
  const replicas = old.length === 0 ? (deployment.spec.replicas ?? 1) : 0;
  if (!current) return createSet(api, deployment, newest + 1, replicas, by);
  const revision = Math.max(revisionOf(current), newest + 1);
  const annotations = {
    ...current.metadata.annotations,
    ...inherited(deployment),
    ...sizes(deployment),
    [REVISION]: String(revision),
  };
  if (isSame(annotations, current.metadata.annotations)) return current;
  const written = { ...current, metadata: { ...current.metadata, annotations } };
  // The API hands back the set it was given.
  return (tolerate(() => api.update('replicasets.apps', written, MANAGER)) ?? current) as ReplicaSet;
};

export const scaleSet = (api: LabApi, deployment: Deployment, set: ReplicaSet, replicas: number, by: string): void => {
  const now = api.get('replicasets.apps', set.metadata.namespace, set.metadata.name) as ReplicaSet | undefined;
  const from = now?.spec.replicas ?? 0;
  if (!now || from === replicas) return;
  tolerate(() => api.update('replicasets.apps', { ...now, spec: { ...now.spec, replicas } }, MANAGER));
  announce(api, deployment, set.metadata.name, from, replicas, by);
};
