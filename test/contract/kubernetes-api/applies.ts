import { describe, expect, test } from 'vitest';
import { APPLY, type Client, MERGE_PATCH } from './client.ts';
import { configMap, deployment, openScene, type Scene } from './scene.ts';

const apply = (scene: Scene, resource: string, manager: string, body: unknown, force = false) =>
  scene.client.patch(`${scene.path(resource)}?fieldManager=${manager}&force=${force}`, APPLY, body);

const managers = (body: any): string[] =>
  body.metadata.managedFields.map(({ manager, operation, subresource = '' }: any) =>
    [manager, operation, subresource].filter(Boolean).join(' '),
  );

export function applyTests(client: () => Client): void {
  describe('server-side apply', () => {
    test('creates with 201, changes with 200, and owns what it names', async () => {
      const scene = await openScene(client());
      const first = await apply(scene, 'configmaps/a', 'one', configMap('a', { x: '1', y: '2' }));
      expect(first.code).toBe(201);
      expect(managers(first.body)).toEqual(['one Apply']);
      expect(first.body.metadata.managedFields[0]).toMatchObject({
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:x': {}, 'f:y': {} } },
      });
      const second = await apply(scene, 'configmaps/a', 'one', configMap('a', { x: '3' }));
      expect(second.code).toBe(200);
      expect(second.body.data).toEqual({ x: '3' });
    });

    test('a conflict names manager and field; force takes the field over', async () => {
      const scene = await openScene(client());
      await client().post(`${scene.path('deployments')}?fieldManager=kubectl-create`, deployment('web', 2));
      const wish = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 3 } };
      const refused = await apply(scene, 'deployments/web', 'gitops', wish);
      expect(refused.body).toMatchObject({
        code: 409,
        reason: 'Conflict',
        message: 'Apply failed with 1 conflict: conflict with "kubectl-create" using apps/v1: .spec.replicas',
        details: {
          causes: [
            {
              reason: 'FieldManagerConflict',
              message: 'conflict with "kubectl-create" using apps/v1',
              field: '.spec.replicas',
            },
          ],
        },
      });
      const forced = await apply(scene, 'deployments/web', 'gitops', wish, true);
      expect(forced.body.spec.replicas).toBe(3);
      const former = forced.body.metadata.managedFields.find(({ manager }: any) => manager === 'kubectl-create');
      expect(former.fieldsV1['f:spec']['f:replicas']).toBeUndefined();
      const same = await apply(scene, 'deployments/web', 'third', wish);
      expect(same.code).toBe(200);
      expect(managers(same.body)).toContain('third Apply');
    });

    test('what an applier no longer names goes, unless another holds it', async () => {
      const scene = await openScene(client());
      await apply(scene, 'configmaps/a', 'one', configMap('a', { shared: '1', own: '1' }));
      await apply(scene, 'configmaps/a', 'two', configMap('a', { shared: '1' }));
      const less = await apply(scene, 'configmaps/a', 'one', configMap('a', { new: '1' }));
      expect(less.body.data).toEqual({ shared: '1', new: '1' });
      await client().patch(`${scene.path('configmaps/a')}?fieldManager=hand`, MERGE_PATCH, { data: { by: 'hand' } });
      const nothing = await apply(scene, 'configmaps/a', 'two', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'a' },
      });
      expect(nothing.body.data).toEqual({ new: '1', by: 'hand' });
    });

    test('list items are merged by key, the default of a key included', async () => {
      const scene = await openScene(client());
      const service = (ports: object[]) => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 's' },
        spec: { ports },
      });
      await apply(scene, 'services/s', 'one', service([{ name: 'http', port: 80 }]));
      const more = await apply(scene, 'services/s', 'two', service([{ name: 'dns', port: 53, protocol: 'UDP' }]));
      expect(more.body.spec.ports.map(({ name }: any) => name).sort()).toEqual(['dns', 'http']);
      const key = more.body.metadata.managedFields[0].fieldsV1['f:spec']['f:ports'];
      expect(Object.keys(key)).toEqual(['k:{"port":80,"protocol":"TCP"}']);
      const conflict = await apply(scene, 'services/s', 'two', service([{ name: 'other', port: 80 }]));
      expect(conflict.body.details.causes[0].field).toBe('.spec.ports[port=80,protocol="TCP"].name');
    });

    test.each([
      ['no manager', '', configMap('a'), 422],
      ['another name', '?fieldManager=x', configMap('b'), 400],
      ['an unknown field', '?fieldManager=x', { ...configMap('a'), nope: 1 }, 500],
      ['managed fields of its own', '?fieldManager=x', configMap('a', {}, { managedFields: [{}] }), 400],
    ])('%s is refused', async (_what, query, body, code) => {
      const scene = await openScene(client());
      const answer = await client().patch(`${scene.path('configmaps/a')}${query}`, APPLY, body);
      expect(answer.code).toBe(code);
      expect((await client().get(scene.path('configmaps/a'))).code).toBe(404);
    });

    test('takes YAML', async () => {
      const scene = await openScene(client());
      const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: "1"\n';
      const answer = await client().patch(`${scene.path('configmaps/a')}?fieldManager=x`, APPLY, yaml);
      expect(answer.body.data).toEqual({ x: '1' });
    });
  });
}
