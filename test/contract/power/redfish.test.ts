import { afterEach, expect, test } from 'vitest';
import type { RedfishBmc } from '../../../src/clients/redfish/bmc.ts';
import { createRedfishProvider } from '../../../src/clients/redfish/provider.ts';
import { type BmcOptions, type LabBmc, startLabBmc } from '../../../src/lab/redfish/server.ts';
import { requestOf, signal } from './support.ts';

/** A host's own controller, over TLS with its certificate pinned. */
let bmc: LabBmc;
afterEach(() => bmc.close());

async function open(options: Partial<BmcOptions> = {}, more: Partial<RedfishBmc> = {}) {
  bmc = await startLabBmc({ now: new Date(), ...options });
  const trust = { fingerprints: [bmc.fingerprint] };
  const { url, user, password } = bmc;
  return createRedfishProvider({
    outlets: [{ host: 'pve1', bmc: { url, user, password, trust, timeoutMs: 3_000, ...more } }],
    pollMs: 10,
    confirmMs: 300,
  });
}

test('its power is read, cut, seen to be off, and given back', async () => {
  const provider = await open();
  expect(await provider.read('pve1', signal())).toEqual({ alias: 'System 1', on: true });
  const { seen } = await provider.cycle('pve1', requestOf());
  expect(seen).toEqual(['before: on', 'seen off', 'seen on again']);
  expect(bmc.resets).toEqual(['ForceOff', 'On']);
});

test('what is off is switched on, and nothing is cut', async () => {
  const provider = await open();
  bmc.power = 'Off';
  await provider.cycle('pve1', requestOf());
  expect([bmc.resets, bmc.power]).toEqual([['On'], 'On']);
});

test.each([
  [['On', 'PowerCycle', 'ForceRestart'], 'PowerCycle'],
  [['On', 'ForceRestart'], 'ForceRestart'],
])('of %j it takes what it can, and says that "off" was not seen', async (resetTypes, type) => {
  const provider = await open({ resetTypes });
  const { seen } = await provider.cycle('pve1', requestOf());
  expect(bmc.resets).toEqual([type]);
  expect(seen[0]).toContain('does not show');
});

test('without a right nothing is sent', async () => {
  const provider = await open();
  const refuse = () => {
    throw new Error('no right');
  };
  await expect(provider.cycle('pve1', requestOf({ demandRight: refuse }))).rejects.toThrow('no right');
  bmc.power = 'Off';
  await expect(provider.cycle('pve1', requestOf({ demandRight: refuse }))).rejects.toThrow('no right');
  expect(bmc.resets).toEqual([]);
});

test.each<[string, Partial<RedfishBmc>, string]>([
  [
    'another certificate than the pinned one',
    { trust: { fingerprints: ['00:'.repeat(31) + '00'] } },
    'outlet_unreachable',
  ],
  ['a certificate that nobody vouches for', { trust: { system: true } }, 'outlet_unreachable'],
  ['a wrong password', { password: 'wrong' }, 'outlet_login'],
  ['a system that it does not have', { system: '7' }, 'outlet_gone'],
])('%s', async (_, more, code) => {
  const provider = await open({}, more);
  await expect(provider.read('pve1', signal())).rejects.toMatchObject({ code });
});

test('of several systems one is named', async () => {
  const unnamed = await open({ systems: ['1', '2'] });
  await expect(unnamed.read('pve1', signal())).rejects.toMatchObject({ code: 'outlet_gone' });
  await bmc.close();
  const named = await open({ systems: ['1', '2'] }, { system: '2' });
  expect(await named.read('pve1', signal())).toMatchObject({ alias: 'System 2' });
});

test('a reset that is refused says so in the words of the controller', async () => {
  // It lists nothing, so that everything is tried, and takes nothing.
  const provider = await open({ resetTypes: [] });
  await expect(provider.cycle('pve1', requestOf())).rejects.toMatchObject({
    code: 'outlet_refused',
    message: expect.stringContaining('not in the list'),
  });
  expect(bmc.resets).toEqual([]);
});

test('a controller that says yes and does nothing is no success', async () => {
  const provider = await open({ isStuck: true });
  await expect(provider.cycle('pve1', requestOf())).rejects.toMatchObject({ code: 'outlet_not_off' });
  expect(bmc.resets).toEqual(['ForceOff', 'On']); // the power is given back whatever was seen
});
