import { describe, expect, test } from 'vitest';
import { type Client, eventually, TABLE, type Watch } from './client.ts';
import { configMap, deployment, openScene, pod, running, type Scene } from './scene.ts';

async function fill(scene: Scene, names: readonly string[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    const labels = { n: String(index), half: index % 2 === 0 ? 'even' : 'odd' };
    await scene.client.post(scene.path('configmaps'), configMap(name, { n: name }, { labels }));
  }
}

const namesOf = (list: any): string[] => list.items.map((item: any) => item.metadata.name);
const NOT_ROOT = 'fieldSelector=metadata.name!=kube-root-ca.crt';

export function listTests(client: () => Client): void {
  describe('lists', () => {
    test('pages are of one moment, in order, and end', async () => {
      const scene = await openScene(client());
      await fill(scene, ['a', 'b', 'c', 'd', 'e']);
      const path = `${scene.path('configmaps')}?${NOT_ROOT}&limit=2`;
      const first = (await client().get(path)).body;
      expect(namesOf(first)).toEqual(['a', 'b']);
      await client().post(scene.path('configmaps'), configMap('bb'));
      await client().delete(scene.path('configmaps/c'));
      const second = (await client().get(`${path}&continue=${first.metadata.continue}`)).body;
      expect(namesOf(second)).toEqual(['c', 'd']);
      expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
      const third = (await client().get(`${path}&continue=${second.metadata.continue}`)).body;
      expect(namesOf(third)).toEqual(['e']);
      expect(third.metadata.continue).toBeUndefined();
    });

    test('a page says how many are left, unless a selector hides it; a broken token is refused', async () => {
      const scene = await openScene(client());
      await fill(scene, ['a', 'b', 'c']);
      await eventually(
        () => client().get(scene.path('configmaps/kube-root-ca.crt')),
        ({ code }) => code === 200,
      );
      const page = (await client().get(`${scene.path('configmaps')}?limit=1`)).body;
      expect(page.metadata.remainingItemCount).toBe(3);
      const selected = (await client().get(`${scene.path('configmaps')}?limit=1&labelSelector=half`)).body;
      expect(selected.metadata.remainingItemCount).toBeUndefined();
      const broken = await client().get(`${scene.path('configmaps')}?limit=1&continue=nonsense`);
      expect({ code: broken.code, reason: broken.body.reason }).toEqual({ code: 400, reason: 'BadRequest' });
    });

    test.each([
      ['labelSelector=half=even', ['a', 'c']],
      ['labelSelector=half!=even', ['b']],
      ['labelSelector=n in (0,1)', ['a', 'b']],
      ['labelSelector=n notin (0,1),half', ['c']],
      ['labelSelector=!half', []],
      ['labelSelector=n>0', ['b', 'c']],
      ['fieldSelector=metadata.name=b', ['b']],
    ])('%s', async (query, names) => {
      const scene = await openScene(client());
      await fill(scene, ['a', 'b', 'c']);
      const [key = '', ...rest] = query.split('=');
      const text = `${key}=${encodeURIComponent(rest.join('='))}`;
      const { body } = await client().get(`${scene.path('configmaps')}?${text}`);
      expect(namesOf(body).filter((name) => name !== 'kube-root-ca.crt')).toEqual(names);
    });

    test.each([
      [
        'configmaps',
        'labelSelector=a b',
        "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
      ],
      ['configmaps', 'labelSelector=a in b', "unable to parse requirement: found 'b' expected: '('"],
      [
        'configmaps',
        'fieldSelector=data.a=b',
        '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
      ],
      ['pods', 'fieldSelector=spec.image=b', 'field label not supported: spec.image'],
      ['pods', 'fieldSelector=nonsense', "invalid selector: 'nonsense'; can't understand 'nonsense'"],
    ])('%s by %s is a bad request', async (resource, query, message) => {
      const scene = await openScene(client());
      const [key = '', ...rest] = query.split('=');
      const answer = await client().get(`${scene.path(resource)}?${key}=${encodeURIComponent(rest.join('='))}`);
      expect(answer.body).toMatchObject({ code: 400, reason: 'BadRequest', message: expect.stringContaining(message) });
    });

    test('pods are selected by node and phase', async () => {
      const scene = await openScene(client());
      await client().post(scene.path('pods'), pod('a'));
      await client().post(scene.path('pods'), pod('b', { schedulerName: 'nobody' }));
      const { body } = await running(scene, 'a');
      const here = encodeURIComponent(`spec.nodeName=${body.spec.nodeName},status.phase=Running`);
      expect(namesOf((await client().get(`${scene.path('pods')}?fieldSelector=${here}`)).body)).toEqual(['a']);
      const waiting = await client().get(`${scene.path('pods')}?fieldSelector=${encodeURIComponent('spec.nodeName=')}`);
      expect(namesOf(waiting.body)).toEqual(['b']);
    });

    test('as a Table: columns, cells, and of each object its metadata', async () => {
      const scene = await openScene(client());
      await client().post(scene.path('deployments'), deployment('web', 2));
      await eventually(
        () => client().get(scene.path('deployments/web')),
        ({ body }) => body.status.availableReplicas === 2,
      );
      const { body } = await client().get(scene.path('deployments'), { accept: TABLE });
      expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
      expect(body.columnDefinitions.map(({ name }: any) => name)).toEqual([
        'Name',
        'Ready',
        'Up-to-date',
        'Available',
        'Age',
        'Containers',
        'Images',
        'Selector',
      ]);
      const [row] = body.rows;
      expect(row.cells.slice(0, 4)).toEqual(['web', '2/2', 2, 2]);
      expect(row.cells.slice(5)).toEqual(['main', 'registry.example/app:1', 'app=web']);
      expect(row.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'web' } });
      const one = await client().get(scene.path('deployments/web'), { accept: TABLE });
      expect(one.body.rows).toHaveLength(1);
      const none = await client().get(`${scene.path('jobs')}?includeObject=None`, { accept: TABLE });
      expect(none.body.rows).toEqual([]);
    });

    test('as metadata alone', async () => {
      const scene = await openScene(client());
      await fill(scene, ['a']);
      const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
      const { body } = await client().get(`${scene.path('configmaps')}?${NOT_ROOT}`, { accept });
      expect(body).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
      expect(body.items[0].metadata.labels).toEqual({ n: '0', half: 'even' });
      expect(body.items[0].data).toBeUndefined();
    });
  });
}

/** Names and types of the events so far, `ADDED a`. */
const seen = ({ type, object }: { type: string; object: any }): string => `${type} ${object.metadata?.name ?? ''}`;

async function take(watch: Watch, count: number): Promise<string[]> {
  const events: string[] = [];
  while (events.length < count) events.push(seen(await watch.next()));
  return events;
}

export function watchTests(client: () => Client): void {
  describe('watches', () => {
    test('without a version it begins with what is there, then follows', async () => {
      const scene = await openScene(client());
      await fill(scene, ['a', 'b']);
      const watch = await client().watch(`${scene.path('configmaps')}?watch=true&labelSelector=half`);
      expect((await take(watch, 2)).sort()).toEqual(['ADDED a', 'ADDED b']);
      await client().delete(scene.path('configmaps/a'));
      expect(await take(watch, 1)).toEqual(['DELETED a']);
      watch.close();
    });

    test('resumed from a version it tells exactly what came after', async () => {
      const scene = await openScene(client());
      await fill(scene, ['a']);
      const list = (await client().get(`${scene.path('configmaps')}?labelSelector=half`)).body;
      await client().put(scene.path('configmaps/a'), configMap('a', { n: '2' }, { labels: { half: 'even' } }));
      await fill(scene, ['b']);
      await client().delete(scene.path('configmaps/a'));
      const path = `${scene.path('configmaps')}?watch=true&labelSelector=half&resourceVersion=${list.metadata.resourceVersion}`;
      const watch = await client().watch(path);
      expect(await take(watch, 3)).toEqual(['MODIFIED a', 'ADDED b', 'DELETED a']);
      watch.close();
    });

    test('an object that no longer matches the selector is DELETED, one that begins to is ADDED', async () => {
      const scene = await openScene(client());
      await fill(scene, ['a']);
      const { body } = await client().get(`${scene.path('configmaps')}?labelSelector=half=even`);
      const path = `${scene.path('configmaps')}?watch=true&labelSelector=half%3Deven&resourceVersion=${body.metadata.resourceVersion}`;
      const watch = await client().watch(path);
      await client().put(scene.path('configmaps/a'), configMap('a', {}, { labels: { half: 'odd' } }));
      await client().put(scene.path('configmaps/a'), configMap('a', {}, { labels: { half: 'even' } }));
      expect(await take(watch, 2)).toEqual(['DELETED a', 'ADDED a']);
      watch.close();
    });

    test('a watch list sends all there is and then says so with a bookmark', async () => {
      const scene = await openScene(client());
      await fill(scene, ['a', 'b']);
      const query = 'watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
      const watch = await client().watch(`${scene.path('configmaps')}?${query}&labelSelector=half`);
      expect(await take(watch, 2)).toEqual(['ADDED a', 'ADDED b']);
      const bookmark = await watch.next();
      expect(bookmark.type).toBe('BOOKMARK');
      expect(bookmark.object).toMatchObject({
        kind: 'ConfigMap',
        metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
      });
      expect(Number(bookmark.object.metadata.resourceVersion)).toBeGreaterThan(0);
      await client().delete(scene.path('configmaps/a'));
      expect(await take(watch, 1)).toEqual(['DELETED a']);
      watch.close();
    });

    test('sendInitialEvents needs its companions', async () => {
      const scene = await openScene(client());
      const answer = await client().get(`${scene.path('configmaps')}?watch=true&sendInitialEvents=true`);
      expect({ code: answer.code, reason: answer.body.reason }).toEqual({ code: 422, reason: 'Invalid' });
    });

    test('it ends when its time is over, and one object can be watched by its name', async () => {
      const scene = await openScene(client());
      await fill(scene, ['a', 'b']);
      const path = `${scene.path('configmaps')}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Da`;
      const watch = await client().watch(path);
      const events = await watch.rest();
      expect(events.map(seen)).toEqual(['ADDED a']);
    });

    test('a pod is followed from creation to its end, with a version that only grows', async () => {
      const scene = await openScene(client());
      const list = (await client().get(scene.path('pods'))).body;
      const watch = await client().watch(
        `${scene.path('pods')}?watch=true&resourceVersion=${list.metadata.resourceVersion}`,
      );
      await client().post(scene.path('pods'), pod('a'));
      await running(scene, 'a');
      await client().delete(scene.path('pods/a'));
      const versions: number[] = [];
      const types: string[] = [];
      for (let type = ''; type !== 'DELETED'; ) {
        const event = await watch.next();
        type = event.type;
        types.push(type);
        versions.push(Number(event.object.metadata.resourceVersion));
      }
      expect(types[0]).toBe('ADDED');
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
      watch.close();
    });

    test('as Tables: the columns come once', async () => {
      const scene = await openScene(client());
      await fill(scene, ['a', 'b']);
      const watch = await client().watch(`${scene.path('configmaps')}?watch=true&labelSelector=half`, {
        accept: TABLE,
      });
      const [first, second] = [await watch.next(), await watch.next()];
      expect(first.object.columnDefinitions.map(({ name }: any) => name)).toEqual(['Name', 'Data', 'Age']);
      expect(second.object.columnDefinitions ?? null).toBeNull();
      expect(second.object.rows[0].cells.slice(0, 2)).toEqual(['b', 1]);
      watch.close();
    });
  });
}
