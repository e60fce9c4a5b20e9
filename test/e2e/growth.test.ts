import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type App, openApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ManualClock } from '../../src/core/clock.ts';
import type { Caller } from '../../src/core/registry.ts';
import { type ProxmoxLab, startProxmoxLab } from '../../src/lab/proxmox/lab.ts';
import { loadScenario } from '../../src/lab/scenarios/load.ts';
import { freshHome } from '../support/run-cli.ts';

/** A house of Proxmox hosts alone, looked at by one steward today and by another one in eight days: what a disk lost between is told. */
let lab: ProxmoxLab | undefined;
let app: App | undefined;
afterEach(async () => {
  await app?.close();
  await lab?.close();
});

const HOME = freshHome();
const clock = new ManualClock('2026-11-20T12:00:00Z');

async function open(): Promise<void> {
  await app?.close();
  const packageDir = new URL('../..', import.meta.url).pathname;
  const environment = { variables: {}, home: HOME, user: 'alice', folder: HOME, packageDir, cacheDir: HOME };
  app = await openApp(await loadConfig({ environment, file: join(HOME, 'steward.yaml') }), clock);
}

const agent: Caller = {
  session: {
    id: 'session-1',
    principal: { id: 'alice/agent', scopes: ['read'], namespaces: ['*'] },
    taint: new Set(),
  },
  signal: AbortSignal.timeout(50_000),
  ask: async () => 'refused',
  progress: () => undefined,
};
const diskFaults = async (): Promise<readonly string[]> =>
  ((await app?.audit.run({ only: ['P05'], signal: agent.signal })) ?? []).flatMap(({ findings }) =>
    findings
      .filter(({ fingerprint }) => fingerprint.includes('errors'))
      .map(({ severity, message }) => `${severity} ${message}`),
  );

test('sectors that a disk lost since the last look are worse than those it had', async () => {
  const { proxmox: facts } = loadScenario('pve-disk-errors');
  const pending = facts?.nodes['pve3']?.disks[1]?.smart.find(({ id }) => id === 197);
  if (facts === undefined || pending === undefined) throw new Error('the scenario has no such disk');
  lab = await startProxmoxLab({ facts, clock, tls: true });
  writeFileSync(join(HOME, 'pve.secret'), lab.token.secret, { mode: 0o600 });
  const connection = {
    name: 'home',
    urls: [lab.url],
    token: lab.token.id,
    secretFile: 'pve.secret',
    fingerprints: [lab.fingerprint],
  };
  writeFileSync(join(HOME, 'steward.yaml'), JSON.stringify({ proxmox: [connection] }));

  await open();
  expect(await diskFaults()).toEqual([expect.stringMatching(/^medium .*8 pending sectors/)]);
  clock.advance(8 * 86_400_000);
  await open();
  expect(await diskFaults()).toEqual([expect.stringMatching(/^low .*no more for 7 days/)]);
  pending.raw = '20';
  clock.advance(3_600_000);
  expect(await diskFaults()).toEqual([expect.stringMatching(/^high .*20 pending sectors, and they grow/)]);
}, 60_000);
