import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import type { KubeJson } from './json.ts';
import { ObjectStore } from './store.ts';

const object = (namespace: string, name: string, value = ''): KubeJson => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, uid: `${namespace}-${name}`, resourceVersion: '', creationTimestamp: '' },
  data: { value },
});
const open = (): ObjectStore => new ObjectStore(new ManualClock('2026-01-01T00:00:00Z'));
const text = (objects: readonly KubeJson[]): string[] =>
  objects.map(({ metadata, data }) => `${metadata.namespace}/${metadata.name}=${(data as { value: string }).value}`);

const step = fc.record({
  what: fc.constantFrom('create', 'update', 'remove'),
  namespace: fc.constantFrom('a', 'a-b', 'b'),
  name: fc.constantFrom('x', 'y', 'z'),
  value: fc.string({ maxLength: 3 }),
});

test('every past state can be listed again, of one namespace and of all', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const store = open();
      const states: { revision: number; all: string[]; one: string[] }[] = [];
      for (const { what, namespace, name, value } of steps) {
        const known = store.get('configmaps', namespace, name);
        if (what === 'create' && !known) store.create('configmaps', object(namespace, name, value));
        if (what === 'update' && known) store.update('configmaps', object(namespace, name, value));
        if (what === 'remove' && known) store.remove('configmaps', namespace, name);
        states.push({
          revision: store.revision(),
          all: text(store.list('configmaps')),
          one: text(store.list('configmaps', 'a')),
        });
      }
      for (const { revision, all, one } of states) {
        expect(text(store.listAt(revision, 'configmaps'))).toEqual(all);
        expect(text(store.listAt(revision, 'configmaps', 'a'))).toEqual(one);
      }
    }),
  );
});

test('a namespace whose name begins like another is not mixed with it', () => {
  const store = open();
  for (const namespace of ['a', 'a-b', 'a0', 'ab']) store.create('configmaps', object(namespace, 'x'));
  expect(text(store.list('configmaps', 'a'))).toEqual(['a/x=']);
  expect(text(store.list('configmaps', 'a-b'))).toEqual(['a-b/x=']);
});

test('a history that was cut says so', () => {
  const store = open();
  store.create('configmaps', object('a', 'x'));
  const early = store.revision();
  for (let count = 0; count < 13_000; count += 1) store.update('configmaps', object('a', 'x', String(count)));
  expect(() => store.since(early)).toThrow(expect.objectContaining({ fault: 'gone' }));
  expect(store.since(store.revision() - 5)).toHaveLength(5);
});

test('an update that changes nothing is no event', () => {
  const store = open();
  const first = store.create('configmaps', object('a', 'x', '1'));
  expect(store.update('configmaps', object('a', 'x', '1'))).toBe(first);
  expect(store.revision()).toBe(Number(first.metadata.resourceVersion));
});
