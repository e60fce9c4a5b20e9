import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Power } from '../config/power.ts';
import { systemClock } from '../core/clock.ts';
import { openJournal } from '../guard/journal/open.ts';
import { createPermits } from '../guard/permits.ts';
import { startLabBmc } from '../lab/redfish/server.ts';
import { openPower, type PowerSource } from './power.ts';

const signal = (): AbortSignal => AbortSignal.timeout(10_000);
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** What a configuration file says, opened as the product opens it. */
async function open(settings: object, learned: string[] = []) {
  const { journal } = openJournal({ path: ':memory:', clock: systemClock });
  closing.push(() => journal.close());
  const source: PowerSource = { ...Power.parse(settings), reaches: async () => false };
  return openPower(source, {
    record: async () => ({ journal, permits: createPermits({ journal, clock: systemClock }) }),
    programPath: '',
    learn: (secrets) => learned.push(...secrets),
  })();
}

test('every way that is configured is there, each with its host', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'power-'));
  closing.push(() => rmSync(folder, { recursive: true }));
  const bmc = await startLabBmc({ now: new Date() });
  closing.push(() => bmc.close());
  const passwordFile = join(folder, 'bmc');
  writeFileSync(passwordFile, `${bmc.password}\n`);
  const learned: string[] = [];
  const power = await open(
    {
      outlets: [{ name: 'pve1', strip: 'rack', address: '192.0.2.1', child: `${'A'.repeat(40)}00` }],
      redfish: [{ name: 'pve2', url: bmc.url, user: bmc.user, passwordFile, fingerprints: [bmc.fingerprint] }],
      ipmi: [{ name: 'pve3', address: '192.0.2.3', user: 'steward', passwordFile }],
      wake: [{ name: 'nas', mac: 'aa:bb:cc:dd:ee:ff' }],
    },
    learned,
  );
  expect((await power.outlets()).map(({ host, way }) => `${host} ${way}`)).toEqual([
    'pve1 strip',
    'pve2 bmc',
    'pve3 bmc',
    'nas wake',
  ]);
  expect(await power.read('pve2', signal())).toMatchObject({ on: true });
  expect(learned).toEqual([bmc.password]);
  // No permit was minted for it: nothing is switched.
  const forged = { planId: 'plan-x', touches: [], notAfter: new Date() } as never;
  const cycle = power.cycle('pve2', { offSeconds: 0 }, forged, signal(), () => undefined);
  await expect(cycle).rejects.toMatchObject({ code: 'permit_forged' });
  expect(bmc.resets).toEqual([]);
});

test('one host has one way, whichever lists it is in', () => {
  const wake = [{ name: 'pve1', mac: 'aa:bb:cc:dd:ee:ff' }];
  expect(Power.safeParse({ wake }).success).toBe(true);
  const ipmi = [{ name: 'pve1', address: '192.0.2.3', user: 'steward', passwordFile: '/x' }];
  expect(Power.safeParse({ wake, ipmi }).success).toBe(false);
});

test('a password file that is not there names the host', async () => {
  const redfish = [{ name: 'pve2', url: 'https://192.0.2.1', user: 'u', passwordFile: '/nowhere/bmc' }];
  await expect(open({ redfish })).rejects.toMatchObject({ code: 'secret_unreadable' });
});
