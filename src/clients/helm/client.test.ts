import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { denied } from '../../core/errors.ts';
import type { CheckPermit, Permit } from '../../core/permit.ts';
import { targetKey } from '../../core/target.ts';
import { matchCommand } from '../command/spec.ts';
import { kubeconfigText, withServer } from '../kubernetes/testing.ts';
import { allowedChart } from './allow-list.ts';
import { HelmClient } from './client.ts';
import { helmSpecs } from './commands.ts';
import type { Chart, HelmWrite } from './contract.ts';

const signal = AbortSignal.timeout(20_000);
const sources = {
  repositories: [{ name: 'house', url: 'https://charts.home.example' }],
  oci: ['oci://ghcr.io/bjw-s-labs/helm'],
  localCharts: [] as string[],
};
const chart: Chart = {
  name: 'shop',
  version: '1.0.0',
  appVersion: '1',
  digest: 'a'.repeat(64),
  crds: [],
  file: `charts/${'a'.repeat(64)}.tgz`,
};
const upgrade: HelmWrite = {
  verb: 'upgrade',
  namespace: 'apps',
  name: 'shop',
  chart,
  values: { password: 'hunter2' },
  waitSeconds: 30,
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'helm-client-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program that says which version it is, keeps what it was started with, and copies the values it was given. */
async function fakeHelm(version = 'v3.18.0+gabc', more = ''): Promise<string> {
  const binary = join(folder, 'helm');
  const text = `#!/bin/sh
if [ "$1" = version ]; then echo "${version}"; exit 0; fi
echo "$*" >> "${folder}/argv"
env >> "${folder}/env"
for one in "$@"; do case "$one" in values-*) cat "$one" >> "${folder}/values"; stat -c %a "$one" >> "${folder}/mode";; esac; done
${more}
`;
  await writeFile(binary, text);
  await chmod(binary, 0o755);
  return binary;
}

async function withClient(
  options: { readonly checkPermit?: CheckPermit; readonly binary: string; readonly localCharts?: string[] },
  use: (client: HelmClient) => Promise<void>,
): Promise<void> {
  await withServer(
    () => ({ status: 404, body: {} }),
    () => undefined,
    async (kubernetes) => {
      const client = new HelmClient({
        kubernetes,
        kubeconfig: { text: kubeconfigText('http://127.0.0.1:1') },
        checkPermit: options.checkPermit ?? (() => undefined),
        binary: options.binary,
        path: '/usr/bin:/bin',
        sources: { ...sources, localCharts: options.localCharts ?? [] },
        folder: join(folder, 'work'),
      });
      await use(client);
      await client.close();
    },
  );
}

// Only the guard mints permits; the check that comes in here decides what it may do.
const permit = { planId: 'plan-1', touches: [], notAfter: new Date(0) } as unknown as Permit;

test('a write starts helm with exactly these arguments, own home, and values in a file that is gone afterwards', async () => {
  await withClient({ binary: await fakeHelm() }, (client) => client.write(upgrade, permit, signal));
  expect(await readFile(join(folder, 'argv'), 'utf8')).toBe(
    `upgrade shop ${chart.file} --kubeconfig kubeconfig --kube-context steward --namespace apps --values values-1.json --description steward:plan-1 --output json --timeout 30s --reset-values --wait\n`,
  );
  expect(JSON.parse(await readFile(join(folder, 'values'), 'utf8'))).toEqual({ password: 'hunter2' });
  expect(await readFile(join(folder, 'mode'), 'utf8')).toBe('600\n');
  const env = await readFile(join(folder, 'env'), 'utf8');
  expect(env).toContain(`HOME=${folder}/work/run-`);
  expect(env).not.toMatch(/^KUBECONFIG=|^npm_|^STEWARD_/m);
  expect(await readdir(join(folder, 'work'))).toEqual([]);
});

test('without a permit for the release, or for the content of the chart, helm is not started', async () => {
  for (const refused of ['helm:HelmRelease/apps/shop', `helm:HelmChart/apps/shop-1.0.0@sha256:${chart.digest}`]) {
    const seen: string[] = [];
    const checkPermit: CheckPermit = (_permit, { target, verb }) => {
      seen.push(`${verb} ${targetKey(target)}`);
      if (targetKey(target) === refused) throw denied('permit_out_of_scope', 'no', 'no');
    };
    await withClient({ binary: await fakeHelm(), checkPermit }, async (client) => {
      await expect(client.write(upgrade, permit, signal)).rejects.toMatchObject({ code: 'permit_out_of_scope' });
      expect(
        await readdir(join(folder, 'work')).then((runs) => readdir(join(folder, 'work', runs[0] ?? ''))),
      ).not.toContain('values-1.json');
    });
    expect(seen.at(-1)).toContain(refused);
    await expect(readFile(join(folder, 'argv'))).rejects.toThrow();
  }
});

test.each([
  ['Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress', 'release_busy'],
  [
    'level=ERROR msg=x\nError: INSTALLATION FAILED: release name check failed: cannot reuse a name that is still in use',
    'release_exists',
  ],
  ['Error: INSTALLATION FAILED: cannot re-use a name that is still in use', 'release_exists'],
  ['Error: uninstall: Release not loaded: x: release: not found', 'release_not_found'],
  [
    'Error: UPGRADE FAILED: release web-h3 failed, and has been rolled back: context deadline exceeded',
    'release_not_ready',
  ],
  [
    'Error: Unable to continue with install: Service "x" exists and cannot be imported into the current release: invalid ownership metadata',
    'ownership_conflict',
  ],
  ['Error: execution error at (x/templates/a.yaml:1:4): set a password', 'chart_refuses'],
  ['Error: something nobody has seen', 'helm_failed'],
])('what helm says when it fails: %s', async (stderr, code) => {
  const binary = await fakeHelm('v4.2.3+g1', `cat >&2 <<'END'\n${stderr}\nEND\nexit 1`);
  await withClient({ binary }, async (client) => {
    const error: unknown = await client.write(upgrade, permit, signal).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain('level=ERROR');
  });
});

test('a helm that is missing or too old is said so, and reads do not need one', async () => {
  await withClient({ binary: join(folder, 'nothing') }, async (client) => {
    await expect(client.version(signal)).rejects.toMatchObject({ kind: 'config', code: 'helm_missing' });
  });
  await withClient({ binary: await fakeHelm('v3.9.0+g1') }, async (client) => {
    await expect(client.version(signal)).rejects.toMatchObject({ kind: 'config', code: 'helm_too_old' });
  });
  await withClient({ binary: await fakeHelm('v4.2.3+g1') }, async (client) => {
    expect(await client.version(signal)).toEqual({ text: 'v4.2.3', major: 4 });
  });
});

test('a local chart is taken by its content; a link out of its folder is not followed', async () => {
  const charts = join(folder, 'charts');
  await mkdir(join(charts, 'shop'), { recursive: true });
  await writeFile(join(charts, 'shop/Chart.yaml'), 'name: shop\nversion: 1.0.0\n');
  await mkdir(join(charts, 'leaky'));
  await symlink('/etc/passwd', join(charts, 'leaky/values.yaml'));
  await symlink('/etc', join(charts, 'out'));
  const binary = await fakeHelm('v3.18.0', '[ "$2" = chart ] && cat "$3/Chart.yaml"; exit 0');
  await withClient({ binary, localCharts: [charts] }, async (client) => {
    const first = await client.chart({ chart: './shop', version: '1.0.0' }, signal);
    expect(await client.chart({ chart: './shop', version: '1.0.0' }, signal)).toEqual(first);
    await writeFile(join(charts, 'shop/values.yaml'), 'a: 1\n');
    expect((await client.chart({ chart: './shop', version: '1.0.0' }, signal)).digest).not.toBe(first.digest);
    await expect(client.chart({ chart: './shop', version: '1.0.1' }, signal)).rejects.toMatchObject({
      code: 'chart_mismatch',
    });
    for (const name of ['./leaky', './out', './none'])
      await expect(client.chart({ chart: name, version: '1.0.0' }, signal), name).rejects.toMatchObject({
        code: 'chart_unavailable',
      });
  });
});

test('charts come from the allow-list and from nowhere else', () => {
  const local = { ...sources, localCharts: ['/charts'] };
  const of = (name: string) => allowedChart({ chart: name, version: '1.2.3' }, local);
  expect(of('house/shop')).toEqual({ kind: 'repository', name: 'shop', url: 'https://charts.home.example' });
  expect(of('oci://ghcr.io/bjw-s-labs/helm/app-template')).toMatchObject({ kind: 'oci' });
  expect(of('./shop')).toEqual({ kind: 'local', name: 'shop' });
  for (const name of [
    'other/shop',
    'house/../x',
    'house/a/b',
    'shop',
    'https://evil.example/shop.tgz',
    'oci://ghcr.io/bjw-s-labs/helm-evil/x',
    'oci://ghcr.io/bjw-s-labs/helm',
    'oci://ghcr.io/bjw-s-labs/helm/../../evil/x',
    'oci://ghcr.io/bjw-s-labs/helm/x:latest',
    'oci://ghcr.io/bjw-s-labs/helm/x@sha256:00',
    './../shop',
    './a/b',
    '/etc/shop',
    '--repo=https://evil.example',
  ])
    expect(() => of(name), name).toThrow(expect.objectContaining({ code: 'chart_not_allowed' }));
  for (const version of ['^1.2.3', '1.2', '>1', 'latest', '1.2.3 || 2', '--devel', ''])
    expect(() => allowedChart({ chart: 'house/shop', version }, local), version).toThrow(
      expect.objectContaining({ code: 'chart_version' }),
    );
});

test('no text in any place becomes a flag or another command', () => {
  const specs = helmSpecs('/bin/helm', sources);
  const base = [
    '/bin/helm',
    'rollback',
    'shop',
    '3',
    '--kubeconfig',
    'kubeconfig',
    '--kube-context',
    'steward',
    '--namespace',
    'apps',
    '--timeout',
    '30s',
  ];
  expect(matchCommand(specs, base)?.writes).toBe(true);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: base.length - 1 }),
      fc.oneof(fc.string(), fc.constantFrom('--force', '-h', '--kube-apiserver=x', '; id', '--post-renderer')),
      (at, text) => {
        const argv = base.with(at, text);
        const found = matchCommand(specs, argv);
        // What fits is a name, a namespace, a revision or a time, and never begins like a flag.
        if (found !== undefined) expect(base.includes(text) || /^[a-z0-9][a-z0-9.-]*$/.test(text)).toBe(true);
      },
    ),
    { numRuns: 3_000 },
  );
  expect(matchCommand(specs, [...base, '--force'])).toBeUndefined();
  expect(
    matchCommand(specs, [
      '/bin/helm',
      'pull',
      'shop',
      '--repo',
      'https://evil.example',
      '--version',
      '1.0.0',
      '--destination',
      'pulled-1',
    ]),
  ).toBeUndefined();
});
