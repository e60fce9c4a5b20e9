import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Environment } from './environment.ts';
import { CONFIG_KEYS } from './keys.ts';
import { loadConfig, modeFor } from './load.ts';

const home = mkdtempSync(join(tmpdir(), 'steward-config-'));
const environment = (variables: Record<string, string> = {}): Environment => ({
  variables,
  home,
  user: 'alice',
  folder: home,
  packageDir: '/package',
  cacheDir: '/cache',
});

function fileWith(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'steward-config-')), 'config.yaml');
  writeFileSync(path, text);
  return path;
}

test('a fresh machine gets loopback, its own data folder and no mode', async () => {
  const config = await loadConfig({ environment: environment() });
  expect(config.server).toMatchObject({ host: '127.0.0.1', port: 8484, insecure: false });
  expect(config.dataDir).toBe(join(home, '.local/share/steward'));
  expect(config.server.tokensFile).toBe(join(home, '.local/share/steward/tokens.json'));
  expect(config.cluster).toBeUndefined();
  expect(config.memory.lessonsDir).toBe('/package/lessons');
  expect(modeFor(config, false)).toBe('assist');
  expect(modeFor(config, true)).toBe('operate');
});

test('defaults give way to the file, the file to the environment, the environment to flags', async () => {
  const file = fileWith('mode: observe\nserver:\n  port: 1\n  allowedHosts: [a]\nlog:\n  level: debug\n');
  const config = await loadConfig({
    environment: environment({
      STEWARD_SERVER_PORT: '2',
      STEWARD_SERVER_ALLOWED_HOSTS: 'b, c',
      STEWARD_MODE: 'assist',
    }),
    file,
    flags: { 'server.port': 3, mode: undefined },
  });
  expect(config).toMatchObject({
    mode: 'assist',
    log: { level: 'debug' },
    server: { port: 3, allowedHosts: ['b', 'c'] },
  });
});

test('a path in the file belongs to the file, ~ to the home', async () => {
  const file = fileWith('dataDir: data\nkubernetes:\n  kubeconfig: ~/k.yaml\n');
  const config = await loadConfig({ environment: environment(), file });
  expect(config.dataDir).toBe(join(file, '..', 'data'));
  expect(config.cluster).toEqual({ paths: [join(home, 'k.yaml')] });
});

test.each([
  ['a key of no section', 'mod: operate', 'unknown_config_key'],
  ['a key of a section', 'server:\n  prot: 1', 'unknown_config_key'],
  ['a section that is a text', 'server: here', 'unknown_config_key'],
  ['a value out of range', 'server:\n  port: 70000', 'invalid_config_value'],
  ['a mode that is none', 'mode: yolo', 'invalid_config_value'],
  ['a list', '- 1', 'invalid_config'],
  ['no YAML', 'a: [', 'invalid_config'],
])('%s stops the start', async (_name, text, code) => {
  await expect(loadConfig({ environment: environment(), file: fileWith(text) })).rejects.toMatchObject({ code });
});

test('what Kubernetes tells pods about a Service named steward is no setting', async () => {
  const links = { STEWARD_SERVICE_HOST: '10.43.0.9', STEWARD_PORT: 'tcp://10.43.0.9:8484', STEWARD_PORT_8484_TCP: 'x' };
  await expect(loadConfig({ environment: environment(links) })).resolves.toBeDefined();
});

test('the refusal of an unknown key lists the known ones', async () => {
  const loading = loadConfig({ environment: environment({ STEWARD_SERVER_PROT: '1' }) });
  await expect(loading).rejects.toMatchObject({
    code: 'unknown_config_key',
    hint: expect.stringContaining('STEWARD_SERVER_PORT'),
  });
});

test('a file that was named must exist', async () => {
  await expect(loadConfig({ environment: environment(), file: '/nowhere.yaml' })).rejects.toMatchObject({
    code: 'config_not_found',
  });
});

test('nobody can change it afterwards', async () => {
  const config = await loadConfig({ environment: environment() });
  expect(() => Object.assign(config.server, { host: '0.0.0.0' })).toThrow(TypeError);
});

test('KUBECONFIG may name several files', async () => {
  const config = await loadConfig({ environment: environment({ KUBECONFIG: '/a:/b' }) });
  expect(config.cluster).toEqual({ paths: ['/a', '/b'] });
});

test('every key has its own variable', () => {
  const names = CONFIG_KEYS.map((key) => key.env);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain('STEWARD_GUARD_BUDGETS_CHANGES_PER_HOUR_PER_TARGET');
});

test('ZFS hosts: over SSH with a pinned key, whose file belongs to the file that names it, or this machine', async () => {
  const hostKey = `SHA256:${'A'.repeat(43)}`;
  const ssh = `{ name: pve1, address: 10.0.0.2, user: steward, keyFile: keys/pve1, hostKey: "${hostKey}" }`;
  const file = fileWith(`zfs:\n  hosts:\n    - ${ssh}\n    - { name: nas, local: true }\n`);
  const { zfs } = await loadConfig({ environment: environment(), file });
  expect(zfs.hosts).toEqual([
    { name: 'pve1', address: '10.0.0.2', port: 22, user: 'steward', keyFile: join(file, '..', 'keys/pve1'), hostKey },
    { name: 'nas', local: true },
  ]);
});

test.each([
  ['no host key', '{ name: a, address: b, user: c, keyFile: d }'],
  ['a host key that accepts anything', '{ name: a, address: b, user: c, keyFile: d, hostKey: "*" }'],
  ['a password', '{ name: a, address: b, user: c, keyFile: d, password: e }'],
  ['two of one name', '{ name: a, local: true }, { name: a, local: true }'],
])('ZFS hosts: %s is refused', async (_, hosts) => {
  const file = fileWith(`zfs:\n  hosts: [${hosts}]\n`);
  await expect(loadConfig({ environment: environment(), file })).rejects.toMatchObject({
    code: 'invalid_config_value',
  });
});
