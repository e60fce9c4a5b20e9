import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ApiFault } from './fault.ts';
import { decodeProtobuf } from './proto.ts';

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))];
const number = (field: number, value: number): number[] => [...varint(field << 3), ...varint(value)];
const bytes = (field: number, content: readonly number[]): number[] => [
  ...varint((field << 3) | 2),
  ...varint(content.length),
  ...content,
];
const text = (field: number, content: string): number[] => bytes(field, [...Buffer.from(content)]);

/** What a typed Go client sends: the prefix and a runtime.Unknown around the object. */
const envelope = (apiVersion: string, kind: string, raw: readonly number[]): Buffer =>
  Buffer.from([...Buffer.from('k8s\0'), ...bytes(1, [...text(1, apiVersion), ...text(2, kind)]), ...bytes(2, raw)]);

test('a Secret as helm sends it', () => {
  const metadata = [
    ...text(1, 'sh.helm.release.v1.x.v1'),
    ...text(3, ''),
    ...bytes(11, [...text(1, 'owner'), ...text(2, 'helm')]),
    ...bytes(8, []),
  ];
  const raw = [
    ...bytes(1, metadata),
    ...bytes(2, [...text(1, 'release'), ...text(2, 'H4sI')]),
    ...text(3, 'helm.sh/release.v1'),
  ];
  expect(decodeProtobuf(envelope('v1', 'Secret', raw))).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'sh.helm.release.v1.x.v1', namespace: '', labels: { owner: 'helm' }, creationTimestamp: null },
    data: { release: Buffer.from('H4sI').toString('base64') },
    type: 'helm.sh/release.v1',
  });
});

test('times, quantities, ports of both kinds and inline structs have their own JSON', () => {
  const port = [...number(3, 80), ...bytes(4, [...number(1, 1), ...text(3, 'http')])];
  const service = decodeProtobuf(envelope('v1', 'Service', bytes(2, bytes(1, port))));
  expect(service).toMatchObject({ spec: { ports: [{ port: 80, targetPort: 'http' }] } });
  const volume = [...text(1, 'v'), ...bytes(2, bytes(2, text(1, 'Memory')))];
  const requests = bytes(2, [...text(1, 'cpu'), ...bytes(2, text(1, '100m'))]);
  const container = [...text(1, 'c'), ...bytes(8, requests)];
  const pod = decodeProtobuf(
    envelope('v1', 'Pod', [
      ...bytes(1, bytes(8, number(1, 1_700_000_000))),
      ...bytes(2, [...bytes(1, volume), ...bytes(2, container)]),
    ]),
  );
  expect(pod).toMatchObject({
    metadata: { creationTimestamp: '2023-11-14T22:13:20Z' },
    spec: {
      volumes: [{ name: 'v', emptyDir: { medium: 'Memory' } }],
      containers: [{ resources: { requests: { cpu: '100m' } } }],
    },
  });
});

test('negative numbers are ten bytes long', () => {
  const minusOne = [...varint(1 << 3), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
  expect(decodeProtobuf(envelope('apps/v1', 'Deployment', bytes(2, minusOne)))).toMatchObject({
    spec: { replicas: -1 },
  });
});

test('a kind without recorded fields is 415', () => {
  expect(() => decodeProtobuf(envelope('x.example/v1', 'Lamp', []))).toThrow(expect.objectContaining({ status: 415 }));
});

test('whatever the bytes are, the answer is an object or a fault of the client', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (content, prefixed) => {
      const body = prefixed ? envelope('v1', 'Pod', [...content]) : Buffer.from(content);
      try {
        expect(decodeProtobuf(body)).toHaveProperty('kind');
      } catch (error) {
        if (!(error instanceof ApiFault)) throw error;
        expect([400, 415]).toContain(error.status);
      }
    }),
  );
});
