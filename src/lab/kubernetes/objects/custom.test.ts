import { expect, test } from 'vitest';
import type { JsonObject } from '../json.ts';
import { customDefaults, validateCustom } from './custom.ts';
import { decodeRequest } from './decode.ts';
import { ApiFault } from './fault.ts';
import { customShape } from './schema.ts';

const gvk = { group: 'cap.example', version: 'v1', kind: 'Gizmo' };
const shape = customShape({
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 9 },
        mode: { type: 'string', enum: ['a', 'b'], default: 'a' },
        name: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
        on: { type: 'boolean' },
        list: { type: 'array', maxItems: 2, items: { type: 'string' } },
        sub: { type: 'object', default: {}, properties: { q: { type: 'integer', default: 5 } } },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        either: { 'x-kubernetes-int-or-string': true },
      },
    },
  },
});
const gizmo = (spec?: JsonObject | string, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'cap.example/v1',
  kind: 'Gizmo',
  metadata: { name: 'a' },
  ...(spec !== undefined && { spec }),
  ...more,
});

function store(raw: JsonObject) {
  const { object, warnings } = decodeRequest(raw, gvk, shape, 'Warn');
  const whole = customDefaults(object, shape);
  validateCustom(gvk, whole, shape);
  return { spec: whole['spec'], warnings };
}

function refusal(raw: JsonObject): string {
  try {
    store(raw);
    return 'accepted';
  } catch (error) {
    return error instanceof ApiFault ? error.message.replace('Gizmo.cap.example "a" is invalid: ', '') : String(error);
  }
}

// The right-hand sides are what a real Kubernetes 1.36.3 answered.
test.each([
  [gizmo(), 'spec: Required value'],
  [gizmo({}), 'spec.size: Required value'],
  [gizmo('x'), 'spec: Invalid value: "string": spec in body must be of type object: "string"'],
  [gizmo({ size: 10 }), 'spec.size: Invalid value: 10: spec.size in body should be less than or equal to 9'],
  [
    gizmo({ size: 0, either: true }),
    '[spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1, spec.either: Invalid value: "boolean": spec.either in body must be of type integer,string: "boolean"]',
  ],
])('a custom resource is judged by its schema (%#)', (raw, reason) => {
  expect(refusal(raw)).toBe(reason);
});

test('every fault is named, each with its own words', () => {
  const text = refusal(gizmo({ size: 'x', mode: 'z', name: 'TOOLONG', on: 1, list: ['a', 2, 'c'] }));
  for (const part of [
    'spec.mode: Unsupported value: "z": supported values: "a", "b"',
    'spec.name: Too long: may not be more than 5 bytes',
    'spec.on: Invalid value: "integer": spec.on in body must be of type boolean: "integer"',
    'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
    'spec.list[1]: Invalid value: "integer": spec.list[1] in body must be of type string: "integer"',
    'spec.list: Too many: 3: must have at most 2 items',
  ])
    expect(text).toContain(part);
});

test('unknown fields are dropped with a warning, defaults come, empty lists stay, free parts are free', () => {
  const raw = gizmo({ size: 1, nope: 1, free: { x: 1 }, either: '3', on: null, list: [] }, { other: 1 });
  expect(store(raw)).toEqual({
    spec: { size: 1, free: { x: 1 }, either: '3', list: [], mode: 'a', sub: { q: 5 } },
    warnings: expect.arrayContaining(['unknown field "other"', 'unknown field "spec.nope"']),
  });
});
