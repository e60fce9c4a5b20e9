import { createSocket, type Socket } from 'node:dgram';
import { afterEach, expect, test } from 'vitest';
import { createWakeProvider } from './provider.ts';

/** Against a real UDP socket. */
let socket: Socket;
afterEach(() => socket.close());

async function listen(): Promise<{ readonly port: number; readonly heard: Buffer[] }> {
  const heard: Buffer[] = [];
  socket = createSocket('udp4').on('message', (message) => heard.push(message));
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
  return { port: socket.address().port, heard };
}

const open = (port: number) =>
  createWakeProvider({ outlets: [{ host: 'pve1', mac: 'AA:bb:0c:0D:0e:0f', broadcast: '127.0.0.1', port }] });
const request = (more: object = {}) => ({
  offSeconds: 0,
  demandRight: () => undefined,
  signal: AbortSignal.timeout(5_000),
  progress: () => undefined,
  ...more,
});

test('the packet is six bytes of ones and the address sixteen times, and is sent more than once', async () => {
  const { port, heard } = await listen();
  const { seen } = await open(port).cycle('pve1', request());
  await expect.poll(() => heard.length).toBeGreaterThanOrEqual(2);
  expect(heard[0]?.toString('hex')).toBe(`${'ff'.repeat(6)}${'aabb0c0d0e0f'.repeat(16)}`);
  expect(seen).toEqual([expect.stringContaining('nothing was cut')]);
});

test('nothing is sent without a right, or when the call is over', async () => {
  const { port, heard } = await listen();
  const refuse = () => {
    throw new Error('no right');
  };
  await expect(open(port).cycle('pve1', request({ demandRight: refuse }))).rejects.toThrow('no right');
  await expect(open(port).cycle('pve1', request({ signal: AbortSignal.abort() }))).rejects.toThrow();
  expect(heard).toEqual([]);
});

test('it has no state that could be seen', async () => {
  const { port } = await listen();
  expect(await open(port).read('pve1', AbortSignal.timeout(1_000))).toEqual({ alias: 'AA:bb:0c:0D:0e:0f' });
  expect(open(port).outlets).toMatchObject([{ way: 'wake', child: 'aa:bb:0c:0d:0e:0f' }]);
});
