import { describe, expect, test } from 'vitest';
import { type Client, eventually, MERGE_PATCH } from './client.ts';
import { configMap, deployment, openScene, pod, running, type Scene } from './scene.ts';

const options = (propagationPolicy: string) => ({ kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy });

/** An owner and a dependent, both ConfigMaps. */
async function family(scene: Scene, dependent: object = {}): Promise<any> {
  const { body: owner } = await scene.client.post(scene.path('configmaps'), configMap('owner'));
  const reference = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: 'owner',
    uid: owner.metadata.uid,
    blockOwnerDeletion: true,
  };
  await scene.client.post(
    scene.path('configmaps'),
    configMap('child', {}, { ownerReferences: [reference], ...dependent }),
  );
  return owner;
}

const gone = (scene: Scene, path: string) =>
  eventually(
    () => scene.client.get(scene.path(path)),
    ({ code }) => code === 404,
  );

export function deletionTests(client: () => Client): void {
  describe('deletion', () => {
    test('in the background the owner goes at once, its dependents follow', async () => {
      const scene = await openScene(client());
      await family(scene);
      const answer = await client().delete(scene.path('configmaps/owner'), options('Background'));
      expect(answer.body).toMatchObject({
        kind: 'Status',
        status: 'Success',
        details: { name: 'owner', kind: 'configmaps' },
      });
      expect((await client().get(scene.path('configmaps/owner'))).code).toBe(404);
      await gone(scene, 'configmaps/child');
    });

    test('in the foreground the owner waits for its dependents', async () => {
      const scene = await openScene(client());
      await family(scene, { finalizers: ['test.example/hold'] });
      const answer = await client().delete(scene.path('configmaps/owner'), options('Foreground'));
      expect(answer.body.metadata).toMatchObject({
        finalizers: ['foregroundDeletion'],
        deletionTimestamp: expect.any(String),
      });
      await eventually(
        () => client().get(scene.path('configmaps/child')),
        ({ body }) => body.metadata?.deletionTimestamp !== undefined,
      );
      expect((await client().get(scene.path('configmaps/owner'))).code).toBe(200);
      await client().patch(scene.path('configmaps/child'), MERGE_PATCH, { metadata: { finalizers: null } });
      await gone(scene, 'configmaps/owner');
    });

    test('orphaned dependents stay, without the owner', async () => {
      const scene = await openScene(client());
      await family(scene);
      await client().delete(scene.path('configmaps/owner'), options('Orphan'));
      await gone(scene, 'configmaps/owner');
      const child = await client().get(scene.path('configmaps/child'));
      expect(child.body.metadata.ownerReferences).toBeUndefined();
    });

    test('a Deployment takes its ReplicaSet and pods along', async () => {
      const scene = await openScene(client());
      await client().post(scene.path('deployments'), deployment('web', 2));
      await eventually(
        () => client().get(scene.path('deployments/web')),
        ({ body }) => body.status?.availableReplicas === 2,
      );
      await client().delete(scene.path('deployments/web'));
      for (const resource of ['deployments', 'replicasets', 'pods'])
        await eventually(
          () => client().get(scene.path(resource)),
          ({ body }) => body.items.length === 0,
        );
    });

    test('a finalizer holds an object; while it goes, none can be added', async () => {
      const scene = await openScene(client());
      const path = scene.path('configmaps/a');
      await client().post(scene.path('configmaps'), configMap('a', {}, { finalizers: ['test.example/hold'] }));
      const first = await client().delete(path);
      expect(first.code).toBe(200);
      expect(first.body).toMatchObject({ kind: 'ConfigMap', metadata: { deletionGracePeriodSeconds: 0 } });
      const again = await client().delete(path);
      expect(again.body.metadata.deletionTimestamp).toBe(first.body.metadata.deletionTimestamp);
      const more = await client().patch(path, MERGE_PATCH, {
        metadata: { finalizers: ['test.example/hold', 'test.example/more'] },
      });
      expect(more.body).toMatchObject({ code: 422, reason: 'Invalid' });
      expect(more.body.message).toContain(
        'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"test.example/more"}',
      );
      await client().patch(path, MERGE_PATCH, { metadata: { finalizers: [] } });
      expect((await client().get(path)).code).toBe(404);
    });

    test('preconditions: another uid or version is refused', async () => {
      const scene = await openScene(client());
      const path = scene.path('configmaps/a');
      const { body } = await client().post(scene.path('configmaps'), configMap('a'));
      for (const preconditions of [{ uid: 'another' }, { resourceVersion: '1' }]) {
        const answer = await client().delete(path, { kind: 'DeleteOptions', apiVersion: 'v1', preconditions });
        expect({ code: answer.code, reason: answer.body.reason }).toEqual({ code: 409, reason: 'Conflict' });
      }
      const { uid } = body.metadata;
      const answer = await client().delete(path, { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid } });
      expect(answer.code).toBe(200);
    });

    test('a running pod gets its grace, with zero it is gone at once', async () => {
      const scene = await openScene(client());
      await client().post(scene.path('pods'), pod('a', {}, { finalizers: ['test.example/hold'] }));
      await client().post(scene.path('pods'), pod('b'));
      await Promise.all([running(scene, 'a'), running(scene, 'b')]);
      const slow = await client().delete(scene.path('pods/a'));
      expect(slow.body.metadata).toMatchObject({
        deletionGracePeriodSeconds: 30,
        deletionTimestamp: expect.any(String),
      });
      const now = await client().delete(`${scene.path('pods/b')}?gracePeriodSeconds=0`);
      expect(now.code).toBe(200);
      expect((await client().get(scene.path('pods/b'))).code).toBe(404);
    });

    test('a collection goes by selector', async () => {
      const scene = await openScene(client());
      for (const name of ['a', 'b', 'c']) {
        const labels = name === 'c' ? {} : { go: 'yes' };
        await client().post(scene.path('configmaps'), configMap(name, {}, { labels }));
      }
      const answer = await client().delete(`${scene.path('configmaps')}?labelSelector=go`);
      expect(answer.body.kind).toBe('ConfigMapList');
      expect((await client().get(scene.path('configmaps/a'))).code).toBe(404);
      expect((await client().get(scene.path('configmaps/c'))).code).toBe(200);
    });
  });

  describe('namespaces', () => {
    test('a new one is active, has its account and certificate, and its name as a label', async () => {
      const scene = await openScene(client());
      const { body } = await client().get(`/api/v1/namespaces/${scene.namespace}`);
      expect(body).toMatchObject({
        metadata: { labels: { 'kubernetes.io/metadata.name': scene.namespace } },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      });
      await eventually(
        () => client().get(scene.path('configmaps/kube-root-ca.crt')),
        ({ code }) => code === 200,
      );
    });

    test('nothing can be created in one that is not there', async () => {
      const answer = await client().post('/api/v1/namespaces/never-was/configmaps', configMap('a'));
      expect(answer.body).toMatchObject({ code: 404, reason: 'NotFound', message: 'namespaces "never-was" not found' });
    });

    test('deleting one empties it; meanwhile nothing new is let in', async () => {
      const scene = await openScene(client());
      await client().post(scene.path('configmaps'), configMap('held', {}, { finalizers: ['test.example/hold'] }));
      await client().post(scene.path('pods'), pod('a'));
      const path = `/api/v1/namespaces/${scene.namespace}`;
      const answer = await client().delete(path);
      expect(answer.body.status.phase).toBe('Terminating');
      const late = await client().post(scene.path('configmaps'), configMap('late'));
      expect(late.body).toMatchObject({
        code: 403,
        reason: 'Forbidden',
        message: `configmaps "late" is forbidden: unable to create new content in namespace ${scene.namespace} because it is being terminated`,
        details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] },
      });
      await gone(scene, 'pods/a');
      expect((await client().get(path)).body.status.phase).toBe('Terminating');
      await client().patch(scene.path('configmaps/held'), MERGE_PATCH, { metadata: { finalizers: null } });
      await eventually(
        () => client().get(path),
        ({ code }) => code === 404,
        30,
      );
    });

    test('the system namespaces stay', async () => {
      const answer = await client().delete('/api/v1/namespaces/kube-system');
      expect(answer.body).toMatchObject({ code: 403, reason: 'Forbidden' });
    });
  });
}
