import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bench, findTool, openBench } from './tools.ts';

const VERSIONS = [
  { layer: 'k36', version: 'v4.2' },
  { layer: 'k33', version: 'v3.18' },
] as const;

for (const { layer, version } of VERSIONS) {
  const helm = findTool(layer, 'helm');
  const kubectl = findTool('k36', 'kubectl');

  describe.skipIf(!helm || !kubectl)(`helm ${version} against the lab`, () => {
    let bench: Bench;
    const ok = (...args: string[]) => bench.ok(helm!, args);
    const run = (...args: string[]) => bench.run(helm!, args);
    const get = (...args: string[]) => bench.ok(kubectl!, ['get', ...args]);
    const history = async (release: string): Promise<{ revision: number; status: string }[]> =>
      JSON.parse(await ok('history', release, '-n', 'apps', '-o', 'json'));

    beforeAll(async () => {
      bench = await openBench();
      await ok('create', 'chart');
    });
    afterAll(() => bench.close());

    test('is the version that it should be', async () => {
      expect(await ok('version', '--short')).toContain(version);
    });

    test('install creates the namespace and waits until everything runs', async () => {
      const out = await ok(
        'install',
        'shop',
        'chart',
        '-n',
        'apps',
        '--create-namespace',
        '--wait',
        '--timeout',
        '60s',
      );
      expect(out).toContain('STATUS: deployed');
      expect(await get('deployment', 'shop-chart', '-n', 'apps')).toContain('1/1');
      expect(await get('secrets', '-n', 'apps', '-l', 'owner=helm', '-o', 'name')).toBe(
        'secret/sh.helm.release.v1.shop.v1\n',
      );
      expect(await ok('list', '-A')).toMatch(/shop\s+apps\s+1\s+.*deployed/);
    });

    test('a name in use is refused', async () => {
      const { code, stderr } = await run('install', 'shop', 'chart', '-n', 'apps');
      expect(code).toBe(1);
      expect(stderr).toMatch(/cannot re-?use a name that is still in use/);
    });

    test('a server-side dry run says what would come and leaves nothing', async () => {
      const out = await ok('upgrade', 'shop', 'chart', '-n', 'apps', '--set', 'replicaCount=4', '--dry-run=server');
      expect(out).toContain('replicas: 4');
      expect(await get('deployment', 'shop-chart', '-n', 'apps', '-o', 'jsonpath={.spec.replicas}')).toBe('1');
    });

    test('upgrade changes what differs', async () => {
      const set = ['--set', 'replicaCount=2', '--set', 'image.tag=2', '--set', 'podAnnotations.a=b'];
      await ok('upgrade', 'shop', 'chart', '-n', 'apps', ...set, '--wait', '--timeout', '60s');
      expect(await get('deployment', 'shop-chart', '-n', 'apps')).toContain('2/2');
      expect(JSON.parse(await ok('get', 'values', 'shop', '-n', 'apps', '-o', 'json'))).toMatchObject({
        replicaCount: 2,
      });
      expect(await ok('get', 'manifest', 'shop', '-n', 'apps')).toContain('kind: ServiceAccount');
      expect(await ok('status', 'shop', '-n', 'apps')).toContain('REVISION: 2');
    });

    test('rollback brings the first revision back as the third', async () => {
      await ok('rollback', 'shop', '1', '-n', 'apps', '--wait', '--timeout', '60s');
      expect(await get('deployment', 'shop-chart', '-n', 'apps')).toContain('1/1');
      expect((await history('shop')).map(({ revision, status }) => [revision, status])).toEqual([
        [1, 'superseded'],
        [2, 'superseded'],
        [3, 'deployed'],
      ]);
    });

    test('an upgrade that cannot work is failed and told so', async () => {
      const wrong = await run('upgrade', 'shop', 'chart', '-n', 'apps', '--set', 'service.port=notanumber');
      expect(wrong.code).toBe(1);
      const revisions = await history('shop');
      expect(revisions.at(-1)).toMatchObject({ revision: 4, status: 'failed' });
      expect(await get('service', 'shop-chart', '-n', 'apps', '-o', 'jsonpath={.spec.ports[0].port}')).toBe('80');
    });

    test('an upgrade after a failed one succeeds, and an upgrade that never gets ready times out', async () => {
      await ok('upgrade', 'shop', 'chart', '-n', 'apps', '--wait', '--timeout', '60s');
      const selector = ['--set-string', 'nodeSelector.nowhere=yes'];
      const stuck = await run('upgrade', 'shop', 'chart', '-n', 'apps', ...selector, '--wait', '--timeout', '4s');
      expect(stuck.code).toBe(1);
      expect(stuck.stderr).toMatch(/deadline|timed out/);
      expect((await history('shop')).at(-1)).toMatchObject({ status: 'failed' });
      await ok('rollback', 'shop', '-n', 'apps', '--wait', '--timeout', '60s');
    });

    test('an install into a namespace that is not there fails and leaves nothing', async () => {
      const { code, stderr } = await run('install', 'lost', 'chart', '-n', 'nowhere');
      expect(code).toBe(1);
      expect(stderr).toContain('not found');
    });

    test('uninstall takes everything away', async () => {
      expect(await ok('uninstall', 'shop', '-n', 'apps', '--wait', '--timeout', '60s')).toContain('uninstalled');
      expect(
        await get('all,secrets,serviceaccounts', '-n', 'apps', '-l', 'app.kubernetes.io/instance=shop', '-o', 'name'),
      ).toBe('');
      expect(await get('secrets', '-n', 'apps', '-o', 'name')).toBe('');
      expect(JSON.parse(await ok('list', '-n', 'apps', '-o', 'json'))).toEqual([]);
    });
  });
}
