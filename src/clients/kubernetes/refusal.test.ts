import { expect, test } from 'vitest';
import { refusalOf } from './refusal.ts';

const target = { system: 'kubernetes', kind: 'Deployment', group: 'apps', namespace: 'media', name: 'web' } as const;
const reply = (status: number, body: unknown) => ({ status, headers: {}, text: JSON.stringify(body) });

// Bodies as a Kubernetes 1.36 API server gave them.
test.each([
  [
    500,
    {
      message:
        'failed to create typed patch object (media/web; apps/v1, Kind=Deployment): .spec.template.spec.nodeAffinity: field not declared in schema',
    },
    { code: 'unknown_field', field: 'spec.template.spec.nodeAffinity' },
  ],
  [
    422,
    {
      message: `"" is invalid: patch: Invalid value: "${'{\\"a\\":1}'.repeat(60)}": strict decoding error: unknown field "spec.foo"`,
    },
    { code: 'unknown_field', field: 'spec.foo' },
  ],
  [
    403,
    { message: 'pods "x" is forbidden: violates PodSecurity "restricted:latest": privileged' },
    { code: 'pod_security' },
  ],
  [403, { message: 'deployments.apps is forbidden: User "x" cannot patch' }, { code: 'forbidden' }],
  [
    409,
    {
      message: 'Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas',
      details: {
        causes: [
          { reason: 'FieldManagerConflict', message: 'conflict with "kubectl" using apps/v1', field: '.spec.replicas' },
        ],
      },
    },
    { code: 'conflict', field: 'spec.replicas', manager: 'kubectl' },
  ],
  [
    422,
    { message: 'invalid', details: { causes: [{ field: 'spec.selector' }] } },
    { code: 'invalid', field: 'spec.selector' },
  ],
  [404, { message: 'namespaces "nope" not found' }, { code: 'other' }],
])('a %i refusal', (status, body, expected) => {
  const refusal = refusalOf(target, reply(status, body));
  expect(refusal).toMatchObject(expected);
  expect(refusal?.message.length).toBeLessThanOrEqual(600);
  expect(refusal?.message).not.toContain('{\\"a\\"');
});

test('faults of the server are no verdict on the object', () => {
  expect(refusalOf(target, reply(500, { message: 'etcdserver: request timed out' }))).toBeUndefined();
  expect(refusalOf(target, reply(429, { message: 'too many requests' }))).toBeUndefined();
  expect(refusalOf(target, { status: 502, headers: {}, text: '<html>' })).toBeUndefined();
});
