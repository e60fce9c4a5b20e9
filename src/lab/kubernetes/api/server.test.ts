import { get } from 'node:https';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openServer, type TestServer } from './testing.ts';

let lab: TestServer;
beforeEach(async () => {
  lab = await openServer();
});
afterEach(() => lab.close());

const maps = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const pod = (name: string, spec = {}) => ({
  metadata: { name, labels: { app: 'a' } },
  spec: { containers: [{ name: 'c', image: 'x' }], ...spec },
});
const deployment = (name: string, replicas = 2) => ({
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'x' }] } },
  },
});

describe('discovery', () => {
  test('names the same resources in both forms', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const [core, apps] = [
      await lab.call('GET', '/api', undefined, { accept }),
      await lab.call('GET', '/apis', undefined, { accept }),
    ];
    const aggregated = [...core.body.items, ...apps.body.items].flatMap((group) =>
      group.versions.flatMap(({ version, resources }: { version: string; resources: { resource: string }[] }) =>
        resources.map(({ resource }) => `${group.metadata.name ?? ''}/${version}/${resource}`),
      ),
    );
    const lists = await Promise.all(
      [
        '/api/v1',
        ...(await lab.call('GET', '/apis')).body.groups.map(
          (group: { preferredVersion: { groupVersion: string } }) => `/apis/${group.preferredVersion.groupVersion}`,
        ),
      ].map((path) => lab.call('GET', path)),
    );
    const plain = lists.flatMap(({ body }) =>
      body.resources
        .filter(({ name }: { name: string }) => !name.includes('/'))
        .map(
          ({ name }: { name: string }) =>
            `${body.groupVersion.includes('/') ? body.groupVersion : `/${body.groupVersion}`}/${name}`,
        ),
    );
    expect(new Set(plain)).toEqual(new Set(aggregated));
    expect(plain).toContain('apps/v1/deployments');
  });

  test('every OpenAPI document of the index is there and describes its group', async () => {
    const { paths } = (await lab.call('GET', '/openapi/v3')).body;
    for (const [path, { serverRelativeURL }] of Object.entries<{ serverRelativeURL: string }>(paths)) {
      const { code, body } = await lab.call('GET', serverRelativeURL);
      expect([path, code, Object.keys(body.paths).length > 0]).toEqual([path, 200, true]);
    }
  });

  test('a definition adds its resource at once and takes it away again', async () => {
    const definition = {
      metadata: { name: 'lamps.home.example' },
      spec: {
        group: 'home.example',
        scope: 'Namespaced',
        names: { plural: 'lamps', kind: 'Lamp' },
        versions: ['v1beta1', 'v1'].map((name) => ({
          name,
          served: true,
          storage: name === 'v1',
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', properties: { watts: { type: 'integer' } } } },
            },
          },
        })),
      },
    };
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    expect((await lab.call('POST', crds, definition)).code).toBe(201);
    expect((await lab.call('GET', '/apis/home.example')).body.preferredVersion.version).toBe('v1');
    const lamps = '/apis/home.example/v1beta1/namespaces/default/lamps';
    const made = await lab.call('POST', lamps, { metadata: { name: 'desk' }, spec: { watts: 5, junk: 1 } });
    expect([made.body.apiVersion, made.body.spec, made.warnings]).toEqual([
      'home.example/v1beta1',
      { watts: 5 },
      ['unknown field "spec.junk"'],
    ]);
    expect((await lab.call('GET', lamps.replace('v1beta1', 'v1'))).body.items[0].apiVersion).toBe('home.example/v1');
    await lab.call('DELETE', `${crds}/lamps.home.example`);
    expect((await lab.call('GET', lamps)).code).toBe(404);
  });
});

describe('writes', () => {
  test('a dry run answers like the write and leaves nothing', async () => {
    expect((await lab.call('POST', `${maps}?dryRun=All`, { metadata: { name: 'a' } })).code).toBe(201);
    expect((await lab.call('GET', `${maps}/a`)).code).toBe(404);
    await lab.call('POST', maps, { metadata: { name: 'a' } });
    await lab.call('PATCH', `${maps}/a?dryRun=All`, { data: { x: '1' } });
    await lab.call('DELETE', `${maps}/a?dryRun=All`);
    expect((await lab.call('GET', `${maps}/a`)).body).not.toHaveProperty('data');
  });

  test('who has not seen the latest version is refused, and a change of nothing is no change', async () => {
    const { body } = await lab.call('POST', maps, { metadata: { name: 'a' }, data: { x: '1' } });
    const changed = await lab.call('PATCH', `${maps}/a`, { data: { x: '2' } });
    expect((await lab.call('PUT', `${maps}/a`, body)).code).toBe(409);
    const same = await lab.call('PATCH', `${maps}/a`, { data: { x: '2' } });
    expect(same.body.metadata.resourceVersion).toBe(changed.body.metadata.resourceVersion);
  });

  test('status and spec are written by different roads; only spec counts generations', async () => {
    await lab.call('POST', deployments, deployment('web'));
    const spec = await lab.call('PATCH', `${deployments}/web`, { spec: { replicas: 3 }, status: { replicas: 9 } });
    expect([spec.body.metadata.generation, spec.body.status]).toEqual([2, {}]);
    const status = await lab.call('PATCH', `${deployments}/web/status`, {
      spec: { replicas: 9 },
      status: { replicas: 3 },
    });
    expect([status.body.metadata.generation, status.body.spec.replicas, status.body.status.replicas]).toEqual([
      2, 3, 3,
    ]);
  });

  test('scale changes the replicas and says who did', async () => {
    await lab.call('POST', deployments, deployment('web'));
    const scale = await lab.call('PUT', `${deployments}/web/scale`, {
      metadata: { name: 'web' },
      spec: { replicas: 5 },
    });
    expect([scale.body.kind, scale.body.spec.replicas, scale.body.status.selector]).toEqual(['Scale', 5, 'app=web']);
    const { metadata, spec } = (await lab.call('GET', `${deployments}/web`)).body;
    expect(spec.replicas).toBe(5);
    expect(metadata.managedFields.some(({ subresource }: { subresource?: string }) => subresource === 'scale')).toBe(
      true,
    );
  });

  test('server-side apply refuses the fields of others until it is forced', async () => {
    const configuration = (mode: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {mode: ${mode}}\n`;
    const apply = (manager: string, mode: string, force = false) =>
      lab.call('PATCH', `${maps}/a?fieldManager=${manager}&force=${force}`, configuration(mode), {
        'content-type': 'application/apply-patch+yaml',
      });
    expect((await apply('one', 'fast')).code).toBe(201);
    const refused = await apply('two', 'slow');
    expect([refused.code, refused.body.details.causes[0].field]).toEqual([409, '.data.mode']);
    expect((await apply('two', 'slow', true)).body.data.mode).toBe('slow');
  });

  test('nothing is created in a namespace that is not there or that is going', async () => {
    expect((await lab.call('POST', '/api/v1/namespaces/nope/configmaps', { metadata: { name: 'a' } })).code).toBe(404);
    await lab.call('POST', '/api/v1/namespaces', { metadata: { name: 'going' } });
    await lab.call('DELETE', '/api/v1/namespaces/going');
    const late = await lab.call('POST', '/api/v1/namespaces/going/configmaps', { metadata: { name: 'a' } });
    expect([late.code, late.body.details.causes[0].reason]).toEqual([403, 'NamespaceTerminating']);
    const namespace = lab.api.get('namespaces', undefined, 'going')!;
    lab.api.update('namespaces', { ...namespace, spec: { finalizers: [] } }, 'm');
    expect((await lab.call('GET', '/api/v1/namespaces/going')).code).toBe(404);
  });

  test('services get addresses and node ports that nobody else has', async () => {
    const service = (name: string, spec = {}) => ({ metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });
    const path = '/api/v1/namespaces/default/services';
    const made = [];
    for (const name of ['a', 'b', 'c'])
      made.push((await lab.call('POST', path, service(name, { type: 'NodePort' }))).body.spec);
    expect(new Set(made.map(({ clusterIP }) => clusterIP)).size).toBe(3);
    expect(new Set(made.map(({ ports }) => ports[0].nodePort)).size).toBe(3);
    expect((await lab.call('POST', path, service('d', { clusterIP: made[0].clusterIP }))).code).toBe(422);
    const back = await lab.call('PATCH', `${path}/a`, { spec: { type: 'ClusterIP' } });
    expect([back.body.spec.clusterIP, back.body.spec.ports[0].nodePort]).toEqual([made[0].clusterIP, undefined]);
  });
});

describe('deletion', () => {
  test('a pod on a node ends with grace, a pod on none goes at once', async () => {
    await lab.call('POST', pods, pod('on', { nodeName: 'n' }));
    await lab.call('POST', pods, pod('off'));
    const { body } = await lab.call('DELETE', `${pods}/on?gracePeriodSeconds=7`);
    expect([body.metadata.deletionGracePeriodSeconds, body.metadata.deletionTimestamp]).toEqual([
      7,
      '2026-11-01T12:00:07Z',
    ]);
    expect(
      (await lab.call('DELETE', `${pods}/on?gracePeriodSeconds=30`)).body.metadata.deletionGracePeriodSeconds,
    ).toBe(7);
    await lab.call('DELETE', `${pods}/off`);
    expect((await lab.call('GET', `${pods}/off`)).code).toBe(404);
    await lab.call('DELETE', `${pods}/on?gracePeriodSeconds=0`);
    expect((await lab.call('GET', `${pods}/on`)).code).toBe(404);
  });

  test('finalizers hold an object; the last one lets it go; new ones are refused', async () => {
    await lab.call('POST', maps, { metadata: { name: 'a', finalizers: ['x.y/z'] } });
    const { body } = await lab.call('DELETE', `${maps}/a?propagationPolicy=Foreground`);
    expect(body.metadata.finalizers).toEqual(['x.y/z', 'foregroundDeletion']);
    const added = await lab.call('PATCH', `${maps}/a`, {
      metadata: { finalizers: ['x.y/z', 'foregroundDeletion', 'new/one'] },
    });
    expect(added.code).toBe(422);
    await lab.call('PATCH', `${maps}/a`, { metadata: { finalizers: null } });
    expect((await lab.call('GET', `${maps}/a`)).code).toBe(404);
  });

  test('preconditions protect an object that is another one now', async () => {
    const { body } = await lab.call('POST', maps, { metadata: { name: 'a' } });
    expect((await lab.call('DELETE', `${maps}/a`, { preconditions: { uid: 'other' } })).code).toBe(409);
    expect((await lab.call('DELETE', `${maps}/a`, { preconditions: { resourceVersion: '1' } })).code).toBe(409);
    expect((await lab.call('DELETE', `${maps}/a`, { preconditions: { uid: body.metadata.uid } })).code).toBe(200);
  });

  test('a budget holds an eviction back, and a dry run spends nothing', async () => {
    await lab.call('POST', pods, pod('p', { nodeName: 'n' }));
    await lab.call('PATCH', `${pods}/p/status`, {
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    });
    const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
    await lab.call('POST', budgets, {
      metadata: { name: 'b' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'a' } } },
    });
    const evict = (query = '') =>
      lab.call('POST', `${pods}/p/eviction${query}`, {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: 'p' },
      });
    const allow = (disruptionsAllowed: number) =>
      lab.call('PATCH', `${budgets}/b/status`, {
        status: { observedGeneration: 1, disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
      });
    expect((await evict()).body.details.causes[0].message).toContain('still being processed');
    await allow(0);
    const held = await evict();
    expect([held.code, held.body.details.causes[0].reason]).toEqual([429, 'DisruptionBudget']);
    await allow(1);
    expect((await evict('?dryRun=All')).code).toBe(201);
    expect((await evict()).code).toBe(201);
    expect((await lab.call('GET', `${budgets}/b`)).body.status).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { p: expect.any(String) },
    });
    expect((await lab.call('GET', `${pods}/p`)).body.metadata.deletionTimestamp).toBeTruthy();
  });
});

describe('the edges', () => {
  test.each([
    ['GET', '/nope', undefined, 404],
    ['GET', '/api/v1/nope', undefined, 404],
    ['GET', '/apis/apps/v9/deployments', undefined, 404],
    ['GET', '/api/v1/pods/x', undefined, 404],
    ['POST', `${maps}/a`, {}, 405],
    ['PUT', maps, {}, 405],
    ['POST', maps, '{nonsense', 400],
    ['POST', maps, { metadata: {} }, 422],
    ['POST', maps, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }, 400],
    ['POST', `${maps}?fieldValidation=Strict`, { metadata: { name: 'a' }, foo: 1 }, 400],
    ['POST', `${maps}?dryRun=Some`, { metadata: { name: 'a' } }, 422],
    ['GET', `${pods}/nope/log`, undefined, 404],
    ['GET', `${pods}/nope/exec`, undefined, 404],
  ])('%s %s answers %4$i', async (method, path, body, code) => {
    const reply = await lab.call(method, path, body);
    expect(reply.code).toBe(code);
  });

  test('a body that is too large is refused', async () => {
    const { code, body } = await lab.call('POST', maps, {
      metadata: { name: 'a' },
      data: { x: 'x'.repeat(4_000_000) },
    });
    expect([code, body.reason]).toEqual([413, 'RequestEntityTooLarge']);
  });

  test('a warning may say anything, and a broken escape is the mistake of the client', async () => {
    const odd = '{"metadata":{"name":"odd"},"gr\u00fc\u00dfe\u{1f600}\\n\\"":1}';
    const { code, warnings } = await lab.call('POST', maps, odd);
    expect(code).toBe(201);
    expect(Buffer.from(warnings[0] ?? '', 'latin1').toString('utf8')).toContain('gr\u00fc\u00dfe');
    expect((await lab.call('GET', '/api/v1/namespaces/%zz/pods')).code).toBe(400);
  });

  test('YAML goes in and comes out', async () => {
    const made = await lab.call('POST', maps, 'metadata: {name: yml}\ndata: {a: "1"}\n', {
      'content-type': 'application/yaml',
    });
    expect(made.code).toBe(201);
    expect((await lab.call('GET', `${maps}/yml`, undefined, { accept: 'application/yaml' })).text).toMatch(
      /^apiVersion: v1\ndata:\n {2}a: "1"\nkind: ConfigMap\n/,
    );
  });

  test('events are the same objects in both groups', async () => {
    lab.api.event(lab.api.get('namespaces', undefined, 'default')!, 'Normal', 'Seen', 'hello', 'tester');
    lab.api.event(lab.api.get('namespaces', undefined, 'default')!, 'Normal', 'Seen', 'hello', 'tester');
    const core = (await lab.call('GET', '/api/v1/namespaces/default/events')).body.items;
    const events = (await lab.call('GET', '/apis/events.k8s.io/v1/namespaces/default/events')).body.items;
    expect(core.map(({ message, count }: { message: string; count: number }) => [message, count])).toEqual([
      ['hello', 2],
    ]);
    expect([events[0].note, events[0].regarding.name, events[0].deprecatedCount]).toEqual(['hello', 'default', 2]);
  });

  test('with a token nobody else gets in, and the token goes over TLS', async () => {
    const closed = await openServer('secret-token');
    const ask = (authorization?: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const headers = authorization === undefined ? {} : { authorization };
        get(`${closed.server.url}/version`, { ca: closed.server.certificate, headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).on('error', reject);
      });
    expect(await ask()).toBe(401);
    expect(await ask('Bearer wrong')).toBe(401);
    expect(await ask('Bearer secret-token')).toBe(200);
    await expect(fetch(`${closed.server.url}/version`)).rejects.toThrow();
    await closed.close();
  });
});
