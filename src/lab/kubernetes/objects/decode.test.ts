import { expect, test } from 'vitest';
import type { JsonObject } from '../json.ts';
import { decodePatched, decodeRequest, type FieldValidation } from './decode.ts';
import { duplicateFields } from './duplicates.ts';
import { ApiFault } from './fault.ts';
import { shapeOf, untypedShape } from './schema.ts';

const POD = { group: '', version: 'v1', kind: 'Pod' };
const shape = shapeOf(POD) ?? untypedShape();
const pod = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', ...metadata },
  spec,
});
const read = (object: JsonObject, mode: FieldValidation = 'Ignore') => decodeRequest(object, POD, shape, mode);
const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiFault) return `${error.body.code} ${error.message}`;
  }
  return 'accepted';
};
const container = (fields: JsonObject): JsonObject => pod({ containers: [{ name: 'a', image: 'b', ...fields }] });

// The right-hand sides are what a real Kubernetes 1.36.3 answered.
test.each([
  [
    container({ image: 5 }),
    'json: cannot unmarshal number into Go struct field Container.spec.containers.image of type string',
  ],
  [
    pod({ containers: {} }),
    'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
  ],
  [
    pod({ hostNetwork: 'yes' }),
    'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool',
  ],
  [
    pod({}, { labels: { a: 1 } }),
    'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
  ],
  [
    pod({ priority: 1.5 }),
    'json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.priority of type int32',
  ],
  [
    pod({ securityContext: 'x' }),
    'json: cannot unmarshal string into Go struct field PodSpec.spec.securityContext of type v1.PodSecurityContext',
  ],
  [
    container({ command: 'sh' }),
    'json: cannot unmarshal string into Go struct field Container.spec.containers.command of type []string',
  ],
  [
    container({ resources: { limits: { cpu: 'abc' } } }),
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [pod({}, { creationTimestamp: 'x' }), 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
])('a wrong type is refused in the words of the real server (%#)', (object, reason) => {
  expect(refusal(() => read(object))).toBe(`400 Pod in version "v1" cannot be handled as a Pod: ${reason}`);
});

test('unknown fields: refused under Strict, a warning under Warn, dropped silently under Ignore', () => {
  const object = pod({ foo: 1, containers: [{ name: 'c', image: 'x', bar: 2 }] });
  expect(refusal(() => read(object, 'Strict'))).toBe(
    '400 Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.foo", unknown field "spec.containers[0].bar"',
  );
  expect(read(object, 'Warn').warnings).toEqual(['unknown field "spec.foo"', 'unknown field "spec.containers[0].bar"']);
  expect(read(object, 'Ignore').warnings).toEqual([]);
  expect(JSON.stringify(read(object).object)).not.toMatch(/foo|bar/);
});

test('duplicate fields are found in the text', () => {
  const text =
    '{"metadata":{"name":"a","name":"b"},"spec":{"containers":[{"image":"x"},{"image":"{\\"image\\"","image":"y"}]}}';
  expect(duplicateFields(text)).toEqual(['metadata.name', 'spec.containers[1].image']);
  expect(duplicateFields('{"a":{"x":1},"b":{"x":1},"c":["a","a"]}')).toEqual([]);
});

test('zeros, empty lists and nulls go as the real server lets them go; pointers keep their zero', () => {
  const { object } = read(
    pod(
      {
        hostNetwork: false,
        nodeName: '',
        tolerations: [],
        nodeSelector: {},
        automountServiceAccountToken: false,
        containers: [{ name: 'a', image: 'b', args: [], tty: false, env: [{ name: 'A', value: '' }], command: null }],
        volumes: [{ name: 'e', emptyDir: {} }],
      },
      { labels: {} },
    ),
  );
  expect(object).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a' },
    spec: {
      automountServiceAccountToken: false,
      containers: [{ name: 'a', image: 'b', env: [{ name: 'A' }], resources: {} }],
      volumes: [{ name: 'e', emptyDir: {} }],
    },
    status: {},
  });
});

test('quantities and times are stored in their canonical form', () => {
  const { object } = read({
    ...container({ resources: { limits: { cpu: '1000m', memory: '1024Mi', 'nvidia.com/gpu': 1 } } }),
    status: { startTime: '2026-01-01T02:00:00.5+01:00' },
  });
  expect(object).toMatchObject({
    spec: { containers: [{ resources: { limits: { cpu: '1', memory: '1Gi', 'nvidia.com/gpu': '1' } } }] },
    status: { startTime: '2026-01-01T01:00:00Z' },
  });
});

test('base64 data is checked', () => {
  const gvk = { group: '', version: 'v1', kind: 'Secret' };
  const secret = (x: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, data: { x } });
  const send = (x: string) => refusal(() => decodeRequest(secret(x), gvk, shapeOf(gvk) ?? shape, 'Warn'));
  expect(send('AA==')).toBe('accepted');
  expect(send('notb64!')).toContain('illegal base64 data at input byte 6');
  expect(send('zz')).toContain('illegal base64 data at input byte 0');
});

test('the result of a patch is refused with 422 on the field "patch"', () => {
  const patched = pod({ priority: 'x' });
  try {
    decodePatched(patched, shape, 'Warn', { spec: { priority: 'x' } });
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ body: { code: 422, details: { causes: [{ field: 'patch' }] } } });
    expect(String(error)).toContain('map[spec:map[priority:x]]');
  }
});
