import type { KubeJson } from '../json.ts';
import { type Resource, resourceKey } from '../resource.ts';
import type { ApiContext } from './context.ts';
import { forbidden, notFound } from './fault.ts';

const NAMESPACES = { group: '', plural: 'namespaces' };
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);

/** Nothing is created in a namespace that is not there or that is going; throws 404 or 403. */
export function requireLiveNamespace({ store }: ApiContext, resource: Resource, namespace: string, name: string): void {
  const found = store.get('namespaces', undefined, namespace);
  if (!found) throw notFound(NAMESPACES, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  throw forbidden(
    resource,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  );
}

/** The namespaces that a cluster cannot be without; throws 403. */
export function requireMortal(resource: Resource, name: string): void {
  if (resourceKey(resource) === 'namespaces' && IMMORTAL.has(name))
    throw forbidden(resource, name, 'this namespace may not be deleted');
}

/** A namespace carries its name as a label. */
export const withNameLabel = (object: KubeJson): KubeJson => ({
  ...object,
  metadata: {
    ...object.metadata,
    labels: { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name },
  },
});

/** A namespace is held by its own finalizer until it is empty. */
export const namespaceAtBirth = (object: KubeJson): KubeJson => ({ ...object, spec: { finalizers: ['kubernetes'] } });
