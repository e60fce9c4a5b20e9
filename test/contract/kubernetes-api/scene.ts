import { randomBytes } from 'node:crypto';
import { type Client, eventually } from './client.ts';

/** A namespace of a test's own, and what to put into it. */
export interface Scene {
  readonly client: Client;
  readonly namespace: string;
  /** `/api/v1/namespaces/N/configmaps` */
  readonly path: (resource: string) => string;
}

const GROUPS: Readonly<Record<string, string>> = {
  deployments: 'apis/apps/v1',
  replicasets: 'apis/apps/v1',
  statefulsets: 'apis/apps/v1',
  poddisruptionbudgets: 'apis/policy/v1',
  jobs: 'apis/batch/v1',
};

/** Opens a fresh namespace, ready for pods; it is not removed: the cluster is disposable. */
export async function openScene(client: Client, labels: Record<string, string> = {}): Promise<Scene> {
  const namespace = `t-${randomBytes(4).toString('hex')}`;
  await client.post('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels },
  });
  const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
  await eventually(
    () => client.get(account),
    ({ code }) => code === 200,
  );
  return {
    client,
    namespace,
    path: (resource) => `/${GROUPS[resource.split('/')[0] ?? ''] ?? 'api/v1'}/namespaces/${namespace}/${resource}`,
  };
}

export const configMap = (name: string, data: Record<string, string> = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});

export const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }], ...spec },
});

export const deployment = (name: string, replicas: number, spec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'main', image: 'registry.example/app:1', env: [{ name: 'A', value: '1' }] }] },
    },
    ...spec,
  },
});

/** Waits until a pod runs. */
export const running = (scene: Scene, name: string) =>
  eventually(
    () => scene.client.get(scene.path(`pods/${name}`)),
    ({ body }) => body.status?.phase === 'Running' && isReady(body),
  );

const isReady = (body: any): boolean =>
  (body.status.conditions ?? []).some((condition: any) => condition.type === 'Ready' && condition.status === 'True');
