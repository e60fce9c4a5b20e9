import type { LabApi } from '../controller.ts';
import type { KubeJson } from '../json.ts';
import { all, type DaemonSet, type PodTemplate, type StatefulSet } from './kinds.ts';
import { attemptCreate, controllerOf, isSame, MANAGER, ownerReference, templateHash, tolerate } from './support.ts';

export const REVISION_HASH = 'controller-revision-hash';

/** `kubectl rollout history` and `undo` read these objects for StatefulSets and DaemonSets. */
const revisionObject = (owner: StatefulSet | DaemonSet, hash: string, revision: number) => ({
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: {
    name: `${owner.metadata.name}-${hash}`,
    ...(owner.metadata.namespace !== undefined && { namespace: owner.metadata.namespace }),
    labels: { ...owner.spec.template.metadata?.labels, [REVISION_HASH]: hash },
    ownerReferences: [ownerReference(owner)],
  },
  data: { spec: { template: { ...owner.spec.template, $patch: 'replace' } } },
  revision,
});

const hashes = new WeakMap<PodTemplate, string>();

const hashOf = (template: PodTemplate): string => {
  const hash = hashes.get(template) ?? templateHash(template);
  hashes.set(template, hash);
  return hash;
};

const revisionNumber = (object: KubeJson): number => (typeof object['revision'] === 'number' ? object['revision'] : 0);

/** The name of the revision of the owner's template; it is written down, and moved to the top after a rollback. */
export const currentRevision = (api: LabApi, owner: StatefulSet | DaemonSet): { name: string; hash: string } => {
  const owned = all(api, 'controllerrevisions.apps', owner.metadata.namespace).filter(
    (object) => controllerOf(object)?.uid === owner.metadata.uid,
  );
  const hash = hashOf(owner.spec.template);
  const wanted = revisionObject(owner, hash, Math.max(0, ...owned.map(revisionNumber)) + 1);
  const same = owned.find((object) => isSame(object['data'], wanted.data));
  if (!same) attemptCreate(api, 'controllerrevisions.apps', wanted);
  else if (revisionNumber(same) < wanted.revision - 1)
    tolerate(() => api.update('controllerrevisions.apps', { ...same, revision: wanted.revision }, MANAGER));
  const surplus = [...owned].sort((a, b) => revisionNumber(a) - revisionNumber(b));
  const keep = (owner.spec.revisionHistoryLimit ?? 10) + 1;
  for (const { metadata } of surplus.slice(0, Math.max(0, surplus.length - keep)))
    tolerate(() => api.delete('controllerrevisions.apps', metadata.namespace, metadata.name, {}));
  return { name: `${owner.metadata.name}-${hash}`, hash };
};
