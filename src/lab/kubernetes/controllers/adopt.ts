import type { LabApi } from '../controller.ts';
import type { KubeJson } from '../json.ts';
import type { LabelSelector } from './kinds.ts';
import { selects } from './selecting.ts';
import { controllerOf, isDeleting, MANAGER, ownerReference, tolerate } from './support.ts';

interface Owner extends KubeJson {
  spec: { selector: LabelSelector };
}

/**
 * Gives objects without a controller to the owner whose selector takes them, as after `--cascade=orphan`.
 * Returns the objects as they stand afterwards.
 */
export const adoptOrphans = <T extends KubeJson>(
  api: LabApi,
  resource: string,
  owners: readonly Owner[],
  objects: readonly T[],
): readonly T[] =>
  objects.map((object) => {
    if (controllerOf(object) || isDeleting(object)) return object;
    const { namespace, labels } = object.metadata;
    const owner = owners.find(
      (each) => each.metadata.namespace === namespace && !isDeleting(each) && selects(each.spec.selector, labels),
    );
    if (!owner) return object;
    const ownerReferences = [...(object.metadata.ownerReferences ?? []), ownerReference(owner)];
    const adopted = { ...object, metadata: { ...object.metadata, ownerReferences } };
    // The API hands back the object it was given, of the same kind.
    return (tolerate(() => api.update(resource, adopted, MANAGER)) ?? object) as T;
  });
