import type { KubeJson } from '../json.ts';
import { isObject } from '../objects/json.ts';
import type { ApiContext } from './context.ts';

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

const protectedBy = (object: KubeJson, finalizer: string): KubeJson => ({
  ...object,
  metadata: {
    ...object.metadata,
    finalizers: [...(object.metadata.finalizers ?? []).filter((name) => name !== finalizer), finalizer],
  },
});

/** A claim without a class takes the default one, the newest of them, and is protected while it is in use. */
export function claimAtBirth({ store }: ApiContext, claim: KubeJson): KubeJson {
  const guarded = protectedBy(claim, 'kubernetes.io/pvc-protection');
  if (!isObject(claim.spec) || claim.spec.storageClassName !== undefined) return guarded;
  const [newest] = store
    .list('storageclasses.storage.k8s.io')
    .filter(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true')
    .sort((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp));
  return newest ? { ...guarded, spec: { ...claim.spec, storageClassName: newest.metadata.name } } : guarded;
}

export const volumeAtBirth = (volume: KubeJson): KubeJson => protectedBy(volume, 'kubernetes.io/pv-protection');
