import { describe, expect, test } from 'vitest';
import { type Client, TABLE } from './client.ts';
import { configMap, deployment, openScene, pod, type Scene } from './scene.ts';

interface Case {
  readonly what: string;
  readonly ask: (scene: Scene) => ReturnType<Client['ask']>;
  readonly expected: object;
}

const CASES: readonly Case[] = [
  {
    what: 'an object that is not there',
    ask: ({ client, path }) => client.get(path('configmaps/nope')),
    expected: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'configmaps "nope" not found',
      reason: 'NotFound',
      details: { name: 'nope', kind: 'configmaps' },
      code: 404,
    },
  },
  {
    what: 'an object of a group that is not there, asked for as a Table',
    ask: ({ client, path }) => client.get(path('deployments/nope'), { accept: TABLE }),
    expected: {
      message: 'deployments.apps "nope" not found',
      details: { name: 'nope', group: 'apps', kind: 'deployments' },
      code: 404,
    },
  },
  {
    what: 'a resource that is not there',
    ask: ({ client, path }) => client.get(path('gadgets')),
    expected: {
      message: 'the server could not find the requested resource',
      reason: 'NotFound',
      details: {},
      code: 404,
    },
  },
  {
    what: 'a verb that the resource has not',
    ask: ({ client, path }) => client.put(path('configmaps'), configMap('a')),
    expected: {
      message: 'the server does not allow this method on the requested resource',
      reason: 'MethodNotAllowed',
      code: 405,
    },
  },
  {
    what: 'text that is no JSON',
    ask: ({ client, path }) => client.post(path('configmaps'), '{"apiVersion":"v1","kind":"ConfigMap",'),
    expected: { reason: 'BadRequest', code: 400, message: expect.stringContaining('json parse error') },
  },
  {
    what: 'a body of an unknown type',
    ask: ({ client, path }) => client.post(path('configmaps'), 'x', { type: 'text/plain' }),
    expected: { reason: 'UnsupportedMediaType', code: 415 },
  },
  {
    what: 'a type that cannot be answered in',
    ask: ({ client, path }) => client.get(path('configmaps'), { accept: 'text/html' }),
    expected: { reason: 'NotAcceptable', code: 406 },
  },
  {
    what: 'another namespace than that of the URL',
    ask: ({ client, path }) => client.post(path('configmaps'), configMap('a', {}, { namespace: 'other' })),
    expected: {
      reason: 'BadRequest',
      message: 'the namespace of the provided object does not match the namespace sent on the request',
      code: 400,
    },
  },
  {
    what: 'a new object with a resourceVersion',
    ask: ({ client, path }) => client.post(path('configmaps'), configMap('a', {}, { resourceVersion: '5' })),
    expected: { message: 'resourceVersion should not be set on objects to be created', code: 500 },
  },
  {
    what: 'a value of a wrong type',
    ask: ({ client, path }) => client.post(path('deployments'), deployment('a', 'x' as unknown as number)),
    expected: {
      reason: 'BadRequest',
      message:
        'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
      code: 400,
    },
  },
  {
    what: 'a selector that does not match its template',
    ask: ({ client, path }) =>
      client.post(path('deployments'), deployment('a', 1, { selector: { matchLabels: { app: 'b' } } })),
    expected: {
      reason: 'Invalid',
      message:
        'Deployment.apps "a" is invalid: spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
      details: {
        name: 'a',
        group: 'apps',
        kind: 'Deployment',
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: {"app":"a"}: `selector` does not match template `labels`',
            field: 'spec.template.metadata.labels',
          },
        ],
      },
      code: 422,
    },
  },
  {
    what: 'a container without name and image, with a volume nobody has',
    ask: ({ client, path }) =>
      client.post(path('pods'), pod('a', { containers: [{ volumeMounts: [{ name: 'v', mountPath: '/v' }] }] })),
    expected: {
      reason: 'Invalid',
      message:
        'Pod "a" is invalid: [spec.containers[0].name: Required value, spec.containers[0].image: Required value, spec.containers[0].volumeMounts[0].name: Not found: "v"]',
      code: 422,
    },
  },
  {
    what: 'a quantity that is none',
    ask: ({ client, path }) =>
      client.post(
        path('pods'),
        pod('a', { containers: [{ name: 'a', image: 'x', resources: { requests: { memory: '1GB' } } }] }),
      ),
    expected: {
      reason: 'BadRequest',
      message: expect.stringContaining('quantities must match the regular expression'),
      code: 400,
    },
  },
];

export function errorTests(client: () => Client): void {
  describe('errors', () => {
    test.each(CASES)('$what', async ({ ask, expected }) => {
      const scene = await openScene(client());
      const answer = await ask(scene);
      expect(answer.body).toMatchObject(expected);
      expect(answer.code).toBe(answer.body.code);
    });

    test('what exists already, cannot be created again', async () => {
      const scene = await openScene(client());
      await client().post(scene.path('configmaps'), configMap('a'));
      const { body } = await client().post(scene.path('configmaps'), configMap('a'));
      expect(body).toMatchObject({
        message: 'configmaps "a" already exists',
        reason: 'AlreadyExists',
        details: { name: 'a', kind: 'configmaps' },
        code: 409,
      });
    });

    test('what is immutable stays', async () => {
      const scene = await openScene(client());
      await client().post(scene.path('deployments'), deployment('web', 0));
      const changed = deployment('web', 0, {
        selector: { matchLabels: { app: 'other' } },
        template: { metadata: { labels: { app: 'other' } }, spec: { containers: [{ name: 'a', image: 'x' }] } },
      });
      const { body } = await client().put(scene.path('deployments/web'), changed);
      expect(body).toMatchObject({
        code: 422,
        message:
          'Deployment.apps "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable',
      });
      await client().post(scene.path('pods'), pod('a', { schedulerName: 'nobody' }));
      const path = scene.path('pods/a');
      const stored = (await client().get(path)).body;
      const moved = await client().put(path, { ...stored, spec: { ...stored.spec, hostname: 'other' } });
      expect(moved.body.message).toMatch(
        /^Pod "a" is invalid: spec: Forbidden: pod updates may not change fields other than/,
      );
      const image = [{ ...stored.spec.containers[0], image: 'registry.example/app:2' }];
      expect((await client().put(path, { ...stored, spec: { ...stored.spec, containers: image } })).code).toBe(200);
    });

    test('a path that leads nowhere', async () => {
      const { code, body } = await client().get('/nowhere');
      expect(code).toBe(404);
      expect(JSON.stringify(body)).toMatch(/not found|could not find/i);
    });
  });
}
