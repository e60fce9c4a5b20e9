import { describe, expect, test } from 'vitest';
import { type Client, eventually, MERGE_PATCH } from './client.ts';
import { deployment, openScene, pod, running, type Scene } from './scene.ts';

const budget = (minAvailable: number) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'budget' },
  spec: { minAvailable, selector: { matchLabels: { app: 'web' } } },
});

const evict = (scene: Scene, name: string, query = '') =>
  scene.client.post(`${scene.path(`pods/${name}/eviction`)}${query}`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace: scene.namespace },
  });

export function evictionTests(client: () => Client): void {
  describe('eviction', () => {
    test('a budget holds it back with 429, and lets it through once there is room', async () => {
      const scene = await openScene(client());
      await client().post(scene.path('deployments'), deployment('web', 1));
      await client().post(scene.path('poddisruptionbudgets'), budget(1));
      const list = await eventually(
        () => client().get(scene.path('pods')),
        ({ body }) => body.items.length === 1 && body.items[0].status.phase === 'Running',
      );
      const name = list.body.items[0].metadata.name as string;
      await eventually(
        () => client().get(scene.path('poddisruptionbudgets/budget')),
        ({ body }) => body.status?.currentHealthy === 1,
      );
      const refused = await evict(scene, name);
      expect(refused.body).toMatchObject({
        code: 429,
        reason: 'TooManyRequests',
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        details: {
          causes: [
            {
              reason: 'DisruptionBudget',
              message: 'The disruption budget budget needs 1 healthy pods and has 1 currently',
            },
          ],
        },
      });
      await client().patch(scene.path('deployments/web'), MERGE_PATCH, { spec: { replicas: 2 } });
      await eventually(
        () => client().get(scene.path('poddisruptionbudgets/budget')),
        ({ body }) => body.status?.disruptionsAllowed === 1,
      );
      const dry = await evict(scene, name, '?dryRun=All');
      expect(dry.code).toBe(201);
      expect((await client().get(scene.path(`pods/${name}`))).body.metadata.deletionTimestamp).toBeUndefined();
      const done = await evict(scene, name);
      expect(done.body).toMatchObject({ kind: 'Status', status: 'Success', code: 201 });
      await eventually(
        () => client().get(scene.path(`pods/${name}`)),
        ({ code }) => code === 404,
      );
    });

    test('a pod without a budget goes; one that is not there is not found', async () => {
      const scene = await openScene(client());
      await client().post(scene.path('pods'), pod('a'));
      await running(scene, 'a');
      expect((await evict(scene, 'a')).code).toBe(201);
      await eventually(
        () => client().get(scene.path('pods/a')),
        ({ code }) => code === 404,
      );
      const missing = await evict(scene, 'never');
      expect(missing.body).toMatchObject({ code: 404, reason: 'NotFound', message: 'pods "never" not found' });
    });
  });
}

const LEVEL = 'pod-security.kubernetes.io';
const privileged = { containers: [{ name: 'main', image: 'x', securityContext: { privileged: true } }] };
const restricted = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    { name: 'main', image: 'x', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
  ],
};

export function podSecurityTests(client: () => Client): void {
  describe('pod security', () => {
    test('an enforced level refuses a pod with the reasons', async () => {
      const scene = await openScene(client(), { [`${LEVEL}/enforce`]: 'baseline' });
      const refused = await client().post(scene.path('pods'), pod('a', privileged));
      expect(refused.body).toMatchObject({
        code: 403,
        reason: 'Forbidden',
        message:
          'pods "a" is forbidden: violates PodSecurity "baseline:latest": privileged (container "main" must not set securityContext.privileged=true)',
      });
      expect((await client().post(scene.path('pods'), pod('b'))).code).toBe(201);
    });

    test('restricted names everything that is missing, and takes a pod that has it', async () => {
      const scene = await openScene(client(), { [`${LEVEL}/enforce`]: 'restricted' });
      const refused = await client().post(scene.path('pods'), pod('a'));
      expect(refused.body.message).toBe(
        'pods "a" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "main" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "main" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "main" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "main" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
      );
      expect((await client().post(scene.path('pods'), pod('b', restricted))).code).toBe(201);
    });

    test('a level to warn of answers with a warning, for pods and for what makes them', async () => {
      const scene = await openScene(client(), { [`${LEVEL}/warn`]: 'baseline' });
      const made = await client().post(scene.path('pods'), pod('a', privileged));
      expect(made.code).toBe(201);
      const text =
        'would violate PodSecurity "baseline:latest": privileged (container "main" must not set securityContext.privileged=true)';
      expect(made.warnings).toEqual([text]);
      const template = { metadata: { labels: { app: 'web' } }, spec: privileged };
      const workload = await client().post(scene.path('deployments'), deployment('web', 0, { template }));
      expect(workload.code).toBe(201);
      expect(workload.warnings).toEqual([text]);
    });

    test('raising a level warns of the pods that are already there', async () => {
      const scene = await openScene(client());
      await client().post(scene.path('pods'), pod('a', privileged));
      const answer = await client().patch(`/api/v1/namespaces/${scene.namespace}`, MERGE_PATCH, {
        metadata: { labels: { [`${LEVEL}/enforce`]: 'baseline' } },
      });
      expect(answer.code).toBe(200);
      expect(answer.warnings).toEqual([
        `existing pods in namespace "${scene.namespace}" violate the new PodSecurity enforce level "baseline:latest"`,
        'a: privileged',
      ]);
    });
  });
}
