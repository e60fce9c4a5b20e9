import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { literalWorld } from '../../world/testing.ts';
import { createRegistry } from '../registry.ts';
import { caller } from '../testing.ts';
import { toolsets } from '../toolsets.ts';

const uuid = (index: number): string => `pvc-00000000-0000-4000-8000-0000000000${String(index).padStart(2, '0')}`;

const podWith = (...claims: readonly number[]) => ({
  spec: {
    nodeName: 'k3s-1',
    containers: [],
    volumes: claims.map((index) => ({ name: `d${index}`, persistentVolumeClaim: { claimName: `data-${index}` } })),
  },
});

/** `count` apps on one node, each with a claim whose volume has a generated name; and one that mounts them all. */
const worldOf = (count: number) => {
  const of = <T>(key: (index: number) => string, value: (index: number) => T): Record<string, T> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [key(index), value(index)]));
  return literalWorld({
    nodes: { 'k3s-1': { status: { addresses: [], conditions: [] } } },
    pods: {
      ...of(
        (index) => `media/app-${index}-0`,
        (index) => podWith(index),
      ),
      'media/backup-0': podWith(...Array(count).keys()),
    },
    persistentVolumeClaims: of(
      (index) => `media/data-${index}`,
      (index) => ({ spec: { volumeName: uuid(index) } }),
    ),
    persistentVolumes: of(uuid, (index) => ({ spec: { csi: { driver: 'x', volumeHandle: uuid(index) } } })),
  });
};

const ask = async (count: number, on: string, direction: 'up' | 'down' | 'both'): Promise<string> => {
  const world = worldOf(count);
  const registry = createRegistry({
    toolsets: toolsets.filter(({ name }) => name === 'ops'),
    clients: { world: { world: async () => world } },
    clock: new ManualClock('2026-11-24T12:00:00Z'),
    random: () => 'abcdefghij',
  });
  return (await registry.call('depends_on', { on, direction }, caller())).text;
};

test('a few things have a row each, with the way to them', async () => {
  const text = await ask(2, 'Pod media/app-0-0', 'both');
  expect(text).toContain(
    'Pod media/app-0-0: nothing known on it; stands on 1 Node, 1 PersistentVolumeClaim, 1 PersistentVolume.',
  );
  expect(text).toContain(`PersistentVolume ${uuid(0)}\tPersistentVolumeClaim media/data-0`);
});

test('many things are listed by kind, and generated names are only counted', async () => {
  const text = await ask(40, 'Node k3s-1', 'up');
  expect(text).toMatch(/^Node k3s-1: 41 Pod on it\.$/m);
  expect(text).toMatch(/^Pod\t41\tmedia\/app-0-0, .* and 1 more$/m);
  const below = await ask(40, 'Pod media/backup-0', 'down');
  expect(below).toMatch(/^PersistentVolumeClaim\t40\tmedia\/data-0, /m);
  expect(below).toMatch(/^PersistentVolume\t40\t?$/m);
});
