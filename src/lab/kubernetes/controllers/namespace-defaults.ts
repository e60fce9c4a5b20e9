import type { LabApi, LooseObject } from '../controller.ts';
import { all, type Kinds } from './kinds.ts';
import type { LoopController } from './loop.ts';
import { attemptCreate, isDeleting } from './support.ts';

const ensure = (api: LabApi, resource: keyof Kinds, object: LooseObject & { metadata: { name: string } }): void => {
  if (!api.get(resource, object.metadata.namespace, object.metadata.name)) attemptCreate(api, resource, object);
};

/** Every namespace has a ServiceAccount `default` and the ConfigMap with the cluster's CA. */
export const createNamespaceDefaultsController = (certificate: string): LoopController => ({
  name: 'serviceaccount-controller',
  watches: ['namespaces', 'serviceaccounts', 'configmaps'],
  wants: ({ resource, type }) => (resource === 'namespaces' ? type === 'ADDED' : type === 'DELETED'),
  reconcile(api) {
    for (const namespace of all(api, 'namespaces')) {
      if (isDeleting(namespace)) continue;
      const metadata = (name: string) => ({ name, namespace: namespace.metadata.name });
      ensure(api, 'serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata('default') });
      ensure(api, 'configmaps', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          ...metadata('kube-root-ca.crt'),
          annotations: {
            'kubernetes.io/description':
              'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
          },
        },
        data: { 'ca.crt': certificate },
      });
    }
    return undefined;
  },
});
