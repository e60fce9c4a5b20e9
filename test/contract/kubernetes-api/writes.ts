import { describe, expect, test } from 'vitest';
import { APPLY, type Client, eventually, JSON_PATCH, MERGE_PATCH, STRATEGIC } from './client.ts';
import { configMap, deployment, openScene, pod } from './scene.ts';

export function patchTests(client: () => Client): void {
  describe('patches', () => {
    test('JSON, merge and strategic merge patches each do what they say', async () => {
      const scene = await openScene(client());
      const path = scene.path('deployments/web');
      await client().post(scene.path('deployments'), deployment('web', 0));
      const json = await client().patch(path, JSON_PATCH, [
        { op: 'test', path: '/spec/replicas', value: 0 },
        { op: 'add', path: '/metadata/labels', value: { a: 'b' } },
      ]);
      expect(json.body.metadata.labels).toEqual({ a: 'b' });
      const merge = await client().patch(path, MERGE_PATCH, { metadata: { labels: { a: null, c: 'd' } } });
      expect(merge.body.metadata.labels).toEqual({ c: 'd' });
      const container = { name: 'main', env: [{ name: 'B', value: '2' }], image: 'registry.example/app:2' };
      const strategic = await client().patch(path, STRATEGIC, {
        spec: { template: { spec: { containers: [container] } } },
      });
      expect(strategic.body.spec.template.spec.containers[0]).toMatchObject({
        image: 'registry.example/app:2',
        env: [
          { name: 'B', value: '2' },
          { name: 'A', value: '1' },
        ],
      });
      const list = await client().patch(path, MERGE_PATCH, {
        spec: { template: { spec: { containers: [{ name: 'x', image: 'y' }] } } },
      });
      expect(list.body.spec.template.spec.containers).toHaveLength(1);
    });

    test('a strategic patch deletes a container by its name and replaces a strategy', async () => {
      const scene = await openScene(client());
      const path = scene.path('deployments/web');
      const containers = [
        { name: 'a', image: 'x' },
        { name: 'b', image: 'x' },
      ];
      const template = { metadata: { labels: { app: 'web' } }, spec: { containers } };
      await client().post(scene.path('deployments'), deployment('web', 0, { template }));
      const answer = await client().patch(path, STRATEGIC, {
        spec: {
          strategy: { $retainKeys: ['type'], type: 'Recreate' },
          template: { spec: { containers: [{ name: 'a', $patch: 'delete' }] } },
        },
      });
      expect(answer.body.spec.strategy).toEqual({ type: 'Recreate' });
      expect(answer.body.spec.template.spec.containers.map(({ name }: any) => name)).toEqual(['b']);
    });

    test.each([
      ['a test that fails', JSON_PATCH, [{ op: 'test', path: '/data/a', value: '2' }], 422, 'Invalid'],
      ['a path that is not there', JSON_PATCH, [{ op: 'remove', path: '/data/nope' }], 422, 'Invalid'],
      ['a JSON patch that is no list', JSON_PATCH, { op: 'add' }, 400, 'BadRequest'],
      ['a merge patch that is a list', MERGE_PATCH, [], 400, 'BadRequest'],
      ['a wrong type', MERGE_PATCH, { data: { a: 1 } }, 422, 'Invalid'],
      ['a stale resourceVersion', MERGE_PATCH, { metadata: { resourceVersion: '1' } }, 409, 'Conflict'],
      ['another name', MERGE_PATCH, { metadata: { name: 'b' } }, 400, 'BadRequest'],
      ['another uid', MERGE_PATCH, { metadata: { uid: 'b' } }, 422, 'Invalid'],
      ['an unknown media type', 'application/xml', '{}', 415, 'UnsupportedMediaType'],
    ])('%s is refused, and nothing changes', async (_what, type, body, code, reason) => {
      const scene = await openScene(client());
      const before = await client().post(scene.path('configmaps'), configMap('a', { a: '1' }));
      const answer = await client().patch(scene.path('configmaps/a'), type, body);
      expect({ code: answer.code, reason: answer.body.reason }).toEqual({ code, reason });
      expect((await client().get(scene.path('configmaps/a'))).body).toEqual(before.body);
    });

    test('a patch that changes nothing writes nothing; one of the spec counts the generation up, one of labels does not', async () => {
      const scene = await openScene(client());
      const path = scene.path('configmaps/a');
      const { body } = await client().post(scene.path('configmaps'), configMap('a', { a: '1' }));
      const same = await client().patch(path, MERGE_PATCH, { data: { a: '1' } });
      expect(same.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
      await client().post(scene.path('deployments'), deployment('web', 0));
      const labels = await client().patch(scene.path('deployments/web'), MERGE_PATCH, {
        metadata: { labels: { a: 'b' } },
      });
      expect(labels.body.metadata.generation).toBe(1);
      const spec = await client().patch(scene.path('deployments/web'), MERGE_PATCH, { spec: { minReadySeconds: 1 } });
      expect(spec.body.metadata.generation).toBe(2);
    });

    test('the status subresource changes the status alone, the object itself never does', async () => {
      const scene = await openScene(client());
      const play = { labels: { play: 'x' } };
      await client().post(scene.path('pods'), pod('a', { schedulerName: 'nobody' }, play));
      const main = await client().patch(scene.path('pods/a'), MERGE_PATCH, { status: { message: 'main' } });
      expect(main.body.status.message).toBeUndefined();
      const status = await client().patch(scene.path('pods/a/status'), MERGE_PATCH, {
        status: { message: 'status' },
        spec: { schedulerName: 'else' },
      });
      expect(status.body.status.message).toBe('status');
      expect(status.body.spec.schedulerName).toBe('nobody');
    });
  });
}

export function writeTests(client: () => Client): void {
  describe('writes', () => {
    test('dry run answers as if and persists nothing, for every verb', async () => {
      const scene = await openScene(client());
      const path = scene.path('configmaps');
      const created = await client().post(`${path}?dryRun=All`, configMap('a'));
      expect(created.code).toBe(201);
      expect(created.body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect((await client().get(`${path}/a`)).code).toBe(404);
      const { body: stored } = await client().post(path, configMap('a', { a: '1' }));
      const patched = await client().patch(`${path}/a?dryRun=All`, MERGE_PATCH, { data: { a: '2' } });
      expect(patched.body.data).toEqual({ a: '2' });
      const put = await client().put(`${path}/a?dryRun=All`, configMap('a', { a: '3' }));
      expect(put.body.data).toEqual({ a: '3' });
      const applied = await client().patch(
        `${path}/a?dryRun=All&fieldManager=x&force=true`,
        APPLY,
        configMap('a', { a: '4' }),
      );
      expect(applied.body.data).toEqual({ a: '4' });
      expect((await client().delete(`${path}/a?dryRun=All`)).code).toBe(200);
      expect((await client().get(`${path}/a`)).body).toEqual(stored);
      expect((await client().post(`${path}?dryRun=Some`, configMap('b'))).code).toBe(422);
    });

    test('field validation: Strict refuses, Warn warns, Ignore is silent; Warn is the default', async () => {
      const scene = await openScene(client());
      const path = scene.path('pods');
      const wrong = pod('a', { nodeAffinity: {}, containers: [{ name: 'main', image: 'x', imagePolicy: 'y' }] });
      const unknown = ['unknown field "spec.containers[0].imagePolicy"', 'unknown field "spec.nodeAffinity"'];
      const strict = await client().post(`${path}?dryRun=All&fieldValidation=Strict`, wrong);
      expect(strict.code).toBe(400);
      expect(strict.body.message).toMatch(
        /^Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field/,
      );
      for (const field of unknown) expect(strict.body.message).toContain(field);
      const warned = await client().post(`${path}?dryRun=All`, wrong);
      expect([...warned.warnings].sort()).toEqual(unknown);
      expect(warned.body.spec.nodeAffinity).toBeUndefined();
      expect((await client().post(`${path}?dryRun=All&fieldValidation=Ignore`, wrong)).warnings).toEqual([]);
      const twice = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"1","k":"2"}}';
      const double = await client().post(`${scene.path('configmaps')}?dryRun=All&fieldValidation=Strict`, twice);
      expect(double.body.message).toContain('strict decoding error: duplicate field "data.k"');
      expect((await client().post(`${path}?fieldValidation=Nope`, wrong)).code).toBe(422);
    });

    test('unknown fields of patches are refused by Strict as well', async () => {
      const scene = await openScene(client());
      await client().post(scene.path('deployments'), deployment('web', 0));
      const path = `${scene.path('deployments/web')}?fieldValidation=Strict`;
      for (const type of [MERGE_PATCH, STRATEGIC]) {
        const { code, body } = await client().patch(path, type, { spec: { nope: 1 } });
        expect(code).toBe(422);
        expect(body.message).toContain('strict decoding error: unknown field "spec.nope"');
      }
      const applied = await client().patch(`${path}&fieldManager=x`, APPLY, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: { nope: 1 },
      });
      expect(applied.code).toBe(500);
      expect(applied.body.message).toContain('.spec.nope: field not declared in schema');
    });

    test('a PUT needs the version it read, if it names one', async () => {
      const scene = await openScene(client());
      const path = scene.path('configmaps/a');
      const { body: first } = await client().post(scene.path('configmaps'), configMap('a', { a: '1' }));
      const second = await client().put(path, { ...first, data: { a: '2' } });
      expect(second.code).toBe(200);
      const stale = await client().put(path, { ...first, data: { a: '3' } });
      expect(stale.code).toBe(409);
      expect(stale.body).toMatchObject({
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
        details: { name: 'a', kind: 'configmaps' },
      });
      const blind = await client().put(path, configMap('a', { a: '4' }));
      expect(blind.body.data).toEqual({ a: '4' });
      expect((await client().put(scene.path('configmaps/gone'), configMap('gone'))).code).toBe(404);
    });

    test('generateName gives a name of its own; no name at all is refused', async () => {
      const scene = await openScene(client());
      const bodies = await Promise.all(
        [1, 2].map(() =>
          client().post(scene.path('configmaps'), {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { generateName: 'run-' },
          }),
        ),
      );
      const names = bodies.map(({ body }) => body.metadata.name as string);
      expect(new Set(names).size).toBe(2);
      for (const name of names) expect(name).toMatch(/^run-[a-z0-9]{5}$/);
      const none = await client().post(scene.path('configmaps'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} });
      expect(none.code).toBe(422);
      expect(none.body.details.causes[0]).toMatchObject({ reason: 'FieldValueRequired', field: 'metadata.name' });
    });

    test('scale is read and written without the object, and owned through the subresource', async () => {
      const scene = await openScene(client());
      const path = scene.path('deployments/web');
      await client().post(scene.path('deployments'), deployment('web', 1));
      const { body } = await client().get(`${path}/scale`);
      expect(body).toMatchObject({
        kind: 'Scale',
        apiVersion: 'autoscaling/v1',
        spec: { replicas: 1 },
        status: { selector: 'app=web' },
      });
      const put = await client().put(`${path}/scale?fieldManager=scaler`, {
        ...body,
        metadata: { ...body.metadata, resourceVersion: undefined }, // the controller writes the status meanwhile
        spec: { replicas: 2 },
      });
      expect(put.body.spec.replicas).toBe(2);
      const patched = await client().patch(`${path}/scale?fieldManager=scaler`, MERGE_PATCH, { spec: { replicas: 3 } });
      expect(patched.body.spec.replicas).toBe(3);
      const after = (await client().get(path)).body;
      expect(after.spec.replicas).toBe(3);
      const entry = after.metadata.managedFields.find(({ manager }: any) => manager === 'scaler');
      expect(entry).toMatchObject({ subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } });
      expect((await client().patch(`${path}/scale`, MERGE_PATCH, { spec: { replicas: -1 } })).code).toBe(422);
      await eventually(
        () => client().get(`${path}/scale`),
        ({ body: scale }) => scale.status.replicas === 3,
      );
    });
  });
}
