import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../json.ts';
import { ApiFault } from './fault.ts';
import { applyJsonPatch, applyMergePatch } from './patch.ts';
import { shapeOf, untypedShape } from './schema.ts';
import { applyStrategicMerge } from './strategic.ts';

const shape = shapeOf({ group: 'apps', version: 'v1', kind: 'Deployment' }) ?? untypedShape();
const pod = (spec: JsonObject): JsonObject => ({ spec: { template: { spec } } });
const containers = (...list: JsonObject[]): JsonObject => pod({ containers: list });
const codeOf = (run: () => unknown): number | undefined => {
  try {
    run();
  } catch (error) {
    return error instanceof ApiFault ? error.body.code : undefined;
  }
  return undefined;
};

test('JSON patch: every operation, escapes, and the end of a list', () => {
  const patched = applyJsonPatch({ a: { 'x/y': 1, 'm~n': 2 }, list: [1, 2] }, [
    { op: 'test', path: '/a/x~1y', value: 1 },
    { op: 'replace', path: '/a/m~0n', value: 3 },
    { op: 'add', path: '/list/-', value: 3 },
    { op: 'add', path: '/list/0', value: 0 },
    { op: 'remove', path: '/list/1' },
    { op: 'copy', from: '/a', path: '/b' },
    { op: 'move', from: '/a/x~1y', path: '/c' },
  ]);
  expect(patched).toEqual({ a: { 'm~n': 3 }, b: { 'x/y': 1, 'm~n': 3 }, c: 1, list: [0, 2, 3] });
});

test.each([
  [{ op: 'test', path: '/a', value: 2 }],
  [{ op: 'remove', path: '/nope' }],
  [{ op: 'replace', path: '/nope', value: 1 }],
  [{ op: 'add', path: '/nope/x', value: 1 }],
  [{ op: 'add', path: '/list/9', value: 1 }],
  [{ op: 'bogus', path: '/a' }],
])('JSON patch %j is refused with 422 and changes nothing', (operation) => {
  const target = { a: 1, list: [] };
  expect(codeOf(() => applyJsonPatch(target, [{ op: 'add', path: '/z', value: 1 }, operation]))).toBe(422);
  expect(target).toEqual({ a: 1, list: [] });
});

test('a JSON patch that is no list, and a merge patch that is one, are bad requests', () => {
  expect(codeOf(() => applyJsonPatch({}, {}))).toBe(400);
  expect(codeOf(() => applyMergePatch({}, []))).toBe(400);
});

test('merge patch: null removes, lists are replaced, nothing is changed in place', () => {
  const target = { a: { b: 1, c: 2 }, list: [1, 2], keep: true };
  expect(applyMergePatch(target, { a: { b: null, d: { e: null } }, list: [3] })).toEqual({
    a: { c: 2, d: {} },
    list: [3],
    keep: true,
  });
  expect(target.a).toEqual({ b: 1, c: 2 });
});

test('a merge patch of an object with itself changes nothing', () => {
  const key = fc.string().filter((text) => text !== '__proto__');
  const objects = fc.dictionary(key, fc.oneof(fc.integer(), fc.dictionary(key, fc.integer())));
  fc.assert(
    fc.property(objects, (object) => {
      expect(applyMergePatch(object, object)).toEqual(object);
    }),
  );
});

test('strategic merge finds containers by name, keeps the others and their order', () => {
  const before = containers({ name: 'a', image: '1' }, { name: 'b', image: '1', env: [{ name: 'X', value: '1' }] });
  const patch = containers({ name: 'b', image: '2', env: [{ name: 'Y', value: '2' }] }, { name: 'c', image: '3' });
  expect(applyStrategicMerge(before, patch, shape)).toEqual(
    containers(
      { name: 'a', image: '1' },
      {
        name: 'b',
        image: '2',
        env: [
          { name: 'Y', value: '2' },
          { name: 'X', value: '1' },
        ],
      },
      { name: 'c', image: '3' },
    ),
  );
});

test('$patch: delete and replace work on lists and maps', () => {
  const before = containers({ name: 'a', image: '1' }, { name: 'b', image: '1' });
  const gone = applyStrategicMerge(before, containers({ name: 'a', $patch: 'delete' }), shape);
  expect(gone).toEqual(containers({ name: 'b', image: '1' }));
  const replaced = applyStrategicMerge(before, containers({ $patch: 'replace' }, { name: 'z', image: '9' }), shape);
  expect(replaced).toEqual(containers({ name: 'z', image: '9' }));
  const map = pod({ nodeSelector: { a: '1' } });
  expect(applyStrategicMerge(map, pod({ nodeSelector: { $patch: 'replace', b: '2' } }), shape)).toEqual(
    pod({ nodeSelector: { b: '2' } }),
  );
});

test('$retainKeys drops the rolling update when the strategy becomes Recreate', () => {
  const before = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
  const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
  expect(applyStrategicMerge(before, patch, shape)).toEqual({ spec: { strategy: { type: 'Recreate' } } });
});

test('$setElementOrder sorts what the patch names around what the server has', () => {
  const before = containers({ name: 'sidecar', image: 's' }, { name: 'a', image: '1' }, { name: 'b', image: '1' });
  const order = { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] };
  const patch = pod({ ...order, containers: [{ name: 'b', image: '2' }] });
  const list = applyStrategicMerge(before, patch, shape);
  expect(list).toEqual(
    containers({ name: 'sidecar', image: 's' }, { name: 'b', image: '2' }, { name: 'a', image: '1' }),
  );
});

test('$deleteFromPrimitiveList removes finalizers, and merging adds them once', () => {
  const before = { metadata: { finalizers: ['a', 'b'] } };
  expect(applyStrategicMerge(before, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } }, shape)).toEqual({
    metadata: { finalizers: ['b'] },
  });
  expect(applyStrategicMerge(before, { metadata: { finalizers: ['b', 'c'] } }, shape)).toEqual({
    metadata: { finalizers: ['a', 'b', 'c'] },
  });
});

test('a list item without its merge key, and a map for a list, are refused', () => {
  const before = containers({ name: 'a', image: '1' });
  expect(codeOf(() => applyStrategicMerge(before, containers({ image: '2' }), shape))).toBe(500);
  expect(codeOf(() => applyStrategicMerge(before, pod({ containers: { image: '2' } }), shape))).toBe(422);
});

test('a list without a merge strategy is replaced', () => {
  const before = containers({ name: 'a', args: ['x', 'y'] });
  expect(applyStrategicMerge(before, containers({ name: 'a', args: ['z'] }), shape)).toEqual(
    containers({ name: 'a', args: ['z'] }),
  );
});
