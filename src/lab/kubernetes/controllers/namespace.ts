import type { LabApi } from '../controller.ts';
import { all, type Condition, type Namespace } from './kinds.ts';
import type { LoopController } from './loop.ts';
import { isDeleting, MANAGER, tolerate, withCondition, writeStatus } from './support.ts';

const NAME = 'namespace-controller';

const remaining = (counts: ReadonlyMap<string, number>): Condition => {
  const parts = [...counts].map(([resource, count]) => `${resource} has ${count} resource instances`);
  return counts.size === 0
    ? {
        type: 'NamespaceContentRemaining',
        status: 'False',
        reason: 'ContentRemoved',
        message: 'All content successfully removed',
      }
    : {
        type: 'NamespaceContentRemaining',
        status: 'True',
        reason: 'SomeResourcesRemain',
        message: `Some resources are remaining: ${parts.join(', ')}`,
      };
};

const finalizersRemaining = (counts: ReadonlyMap<string, number>): Condition => {
  const parts = [...counts].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
  return counts.size === 0
    ? {
        type: 'NamespaceFinalizersRemaining',
        status: 'False',
        reason: 'ContentHasNoFinalizers',
        message: 'All content-preserving finalizers finished',
      }
    : {
        type: 'NamespaceFinalizersRemaining',
        status: 'True',
        reason: 'SomeFinalizersRemain',
        message: `Some content in the namespace has finalizers remaining: ${parts.join(', ')}`,
      };
};

const empty = (api: LabApi, namespace: string, resources: readonly string[]) => {
  const objects = new Map<string, number>();
  const finalizers = new Map<string, number>();
  for (const resource of resources) {
    for (const object of api.list(resource, namespace))
      if (!isDeleting(object)) {
        const { name } = object.metadata;
        tolerate(() => api.delete(resource, namespace, name, { propagation: 'Background' }));
      }
    const left = api.list(resource, namespace);
    if (left.length > 0) objects.set(resource, left.length);
    for (const finalizer of left.flatMap(({ metadata }) => metadata.finalizers ?? []))
      finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
  }
  return { objects, finalizers };
};

const finish = (api: LabApi, namespace: Namespace, resources: readonly string[]): void => {
  const { objects, finalizers } = empty(api, namespace.metadata.name, resources);
  if (objects.size === 0) {
    tolerate(() => api.update('namespaces', { ...namespace, spec: { ...namespace.spec, finalizers: [] } }, MANAGER));
    return;
  }
  let conditions = withCondition(namespace.status?.conditions, remaining(objects), api.now());
  conditions = withCondition(conditions, finalizersRemaining(finalizers), api.now());
  writeStatus(api, 'namespaces', namespace, { ...namespace.status, phase: 'Terminating', conditions });
};

/**
 * Empties a namespace that is being deleted, then takes its finalizer away.
 * `resources` names every resource that has ever had an object.
 */
export const createNamespaceController = (resources: () => readonly string[]): LoopController => {
  const terminating = new Set<string>();
  return {
    name: NAME,
    watches: ['*'],
    wants: ({ resource, type, object }) =>
      (resource === 'namespaces' && isDeleting(object)) ||
      (type !== 'ADDED' && terminating.has(object.metadata.namespace ?? '')),
    reconcile(api) {
      const leaving = all(api, 'namespaces').filter(isDeleting);
      terminating.clear();
      for (const namespace of leaving) {
        terminating.add(namespace.metadata.name);
        finish(api, namespace, resources());
      }
      return undefined;
    },
  };
};
