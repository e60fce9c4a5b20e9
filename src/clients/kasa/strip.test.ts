import { Device } from 'tplink-smarthome-simulator';
import { afterEach, expect, test } from 'vitest';
import { denied } from '../../core/errors.ts';
import type { Permit } from '../../core/permit.ts';
import { createPowerClient, type PowerOptions } from '../power/client.ts';
import { createKasaProvider, type KasaOptions, type KasaOutlet } from './strip.ts';
import { decrypt, encrypt } from './wire.ts';

/** Against the simulator of a real strip (HS300), over its real protocol. */
const permit = {} as Permit; // the checks below decide
const signal = AbortSignal.timeout(60_000);
let strip: Device | undefined;
afterEach(async () => {
  await strip?.stop();
  strip = undefined;
});

interface Child {
  readonly sysinfo: { state: number; id: string };
  readonly emeter: { realtime: { power: number } };
}
/** The simulator's own model of the six outlets. */
const childrenOf = (device: Device): readonly Child[] =>
  Object.values((device.data as unknown as { children: Record<string, Child> }).children);

const clientOf = (kasa: KasaOptions, more: Partial<PowerOptions> = {}) =>
  createPowerClient({
    providers: [createKasaProvider(kasa)],
    checkPermit: () => undefined,
    attempts: async () => [],
    reaches: async () => false,
    ...more,
  });

/** It takes any free port for one protocol and the same number for the other, where somebody may be: then once more. */
async function startDevice(tries = 5): Promise<Device> {
  const device = new Device({ model: 'hs300', port: 0, address: '127.0.0.1', responseDelay: 0 });
  try {
    await device.start();
    return device;
  } catch (error) {
    await device.stop();
    if (tries === 1 || !String(error).includes('EADDRINUSE')) throw error;
    return startDevice(tries - 1);
  }
}

async function openStrip(more: Partial<PowerOptions> = {}) {
  const device = await startDevice();
  strip = device;
  const children = childrenOf(device);
  for (const child of children) child.emeter.realtime.power = 61;
  const outlets: KasaOutlet[] = children.slice(0, 2).map(({ sysinfo }, index) => ({
    host: `pve${index + 1}`,
    strip: 'rack',
    address: '127.0.0.1',
    port: device.port,
    child: sysinfo.id,
    idleWatts: 20,
    alsoFeeds: [],
  }));
  const client = clientOf({ outlets, pollMs: 20 }, more);
  return { client, children, outlets };
}

/** A meter that follows the switch, as a real one does; `stuck` outlets go on drawing power. */
function meter(children: readonly Child[], isStuck = false): () => void {
  const timer = setInterval(() => {
    for (const { sysinfo, emeter } of children) emeter.realtime.power = sysinfo.state === 1 || isStuck ? 61 : 0;
  }, 5);
  return () => clearInterval(timer);
}

test('the cipher is its own inverse, and begins as the protocol says', () => {
  const body = encrypt('{"system":{"get_sysinfo":{}}}');
  expect(body.readUInt32BE(0)).toBe(body.length - 4);
  expect([...body.subarray(4, 6)]).toEqual([0x7b ^ 171, 0x22 ^ (0x7b ^ 171)]);
  expect(decrypt(body.subarray(4))).toBe('{"system":{"get_sysinfo":{}}}');
});

test('one outlet is read by its full id', async () => {
  const { client } = await openStrip();
  expect(await client.read('pve1', signal)).toMatchObject({ on: expect.any(Boolean), watts: expect.any(Number) });
  await expect(client.read('other', signal)).rejects.toMatchObject({ code: 'unknown_outlet' });
});

test('a cycle switches exactly one outlet, off and on, and saw both', async () => {
  const { client, children } = await openStrip();
  for (const child of children) child.sysinfo.state = 1;
  const seen = new Set<number>();
  const stop = meter(children);
  const watch = setInterval(() => children.slice(1).forEach(({ sysinfo }) => seen.add(sysinfo.state)), 2);
  const lines: string[] = [];
  const done = await client.cycle('pve1', { offSeconds: 0.1 }, permit, signal, (line) => lines.push(line));
  clearInterval(watch);
  stop();
  expect(done.seen).toEqual(['before: on, 61 W', 'seen off, 0 W', 'seen on again, 61 W']);
  expect(children.map(({ sysinfo }) => sysinfo.state)).toEqual([1, 1, 1, 1, 1, 1]);
  expect([...seen]).toEqual([1]); // the other five never went off
  expect(lines).toHaveLength(3);
});

test('without a permit nothing is switched', async () => {
  const { client, children } = await openStrip({
    checkPermit: () => {
      throw denied('permit_missing', 'Unable to switch: no permit.', 'Plan it.');
    },
  });
  for (const child of children) child.sysinfo.state = 1;
  await expect(client.cycle('pve1', { offSeconds: 0 }, permit, signal, () => undefined)).rejects.toMatchObject({
    code: 'permit_missing',
  });
  expect(children[0]?.sysinfo.state).toBe(1);
});

test('an id that is not one outlet is refused before anything is sent', () => {
  const outlet = { host: 'a', strip: 's', address: '127.0.0.1', idleWatts: 1, alsoFeeds: [] };
  for (const child of ['', '00', 'A'.repeat(40)])
    expect(() => createKasaProvider({ outlets: [{ ...outlet, child }] })).toThrow(/outlet/);
});

test('a strip that does not answer is unreachable, and probes tell who answers', async () => {
  const { outlets } = await openStrip();
  const [first] = outlets;
  if (first === undefined) throw new Error('a strip has outlets');
  const lost = clientOf({ outlets: [{ ...first, port: 1 }], timeoutMs: 500 });
  await expect(lost.read('pve1', signal)).rejects.toMatchObject({ code: 'outlet_unreachable' });
  const probing = clientOf({ outlets }, { reaches: async (address) => address === 'pve2' });
  expect(await probing.probe('pve1', 5, signal)).toEqual([
    { kind: 'api', host: 'pve1', failures: 5, tries: 5 },
    { kind: 'ssh', host: 'pve1', failures: 5, tries: 5 },
    { kind: 'api', host: 'pve2', failures: 0, tries: 5 },
    { kind: 'ssh', host: 'pve2', failures: 0, tries: 5 },
  ]);
});
