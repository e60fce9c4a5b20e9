import { expect, test } from 'vitest';
import type { Change } from '../core/change.ts';
import { schemas } from './kubernetes/schema.ts';
import { absent, known, unknown, World } from './world.ts';

const service = (name: string, app: string) => ({ metadata: { name, namespace: 'apps' }, spec: { selector: { app } } });
const at = new Date('2026-11-20T12:00:00Z');
const services = new Map([['apps/web', schemas.services.parse(service('web', 'web'))]]);
const world = new World(at, { services: known(services), nodes: unknown('forbidden') });
const change = (effects: Change['effects']): Change => ({
  action: 'x',
  targets: [],
  effects,
  touches: [],
  refusals: [],
  warnings: [],
});

test('a patch puts and removes, and leaves the world it came from alone', () => {
  const patched = world.patch([
    { op: 'put', part: 'services', id: 'apps/new', value: service('new', 'x') },
    { op: 'remove', part: 'services', id: 'apps/web' },
  ]);
  const after = patched.part('services');
  expect(after.state === 'known' && [...after.value.keys()]).toEqual(['apps/new']);
  expect(services.size).toBe(1);
  expect(patched.part('change')).toEqual(absent);
});

test('with a change the patched world knows it, and what it replaced', () => {
  const effects = [
    { op: 'put', part: 'services', id: 'apps/web', value: service('web', 'other') },
    { op: 'put', part: 'services', id: 'apps/new', value: service('new', 'x') },
  ] as const;
  const replaced = world.patch(effects, change(effects)).part('replaced');
  expect(replaced.state === 'known' && [...replaced.value.keys()]).toEqual(['services:apps/web']);
  expect(replaced.state === 'known' && replaced.value.get('services:apps/web')).toBe(services.get('apps/web'));
});

test('what cannot be read stays unknown, and a value that does not fit makes its part unknown', () => {
  expect(world.patch([{ op: 'put', part: 'nodes', id: 'n1', value: {} }]).part('nodes').state).toBe('unknown');
  expect(world.patch([{ op: 'put', part: 'pods', id: 'apps/x', value: {} }]).part('pods')).toEqual(absent);
  const broken = world
    .patch([{ op: 'put', part: 'services', id: 'apps/web', value: { metadata: {} } }])
    .part('services');
  expect(broken.state === 'unknown' && broken.reason).toContain('apps/web');
});

test('there is no part of that name', () => {
  expect(() => world.patch([{ op: 'remove', part: 'secrets', id: 'a/b' }])).toThrowError(
    expect.objectContaining({ code: 'unknown_world_part' }),
  );
});
