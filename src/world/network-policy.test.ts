import { expect, test } from 'vitest';
import { NetworkPolicy } from './kubernetes/network.ts';
import { PodSpec } from './kubernetes/pod.ts';
import { type Endpoint, groupPolicies, reach } from './network-policy.ts';

const endpoint = (namespace: string, app: string, more: { spec?: object; addresses?: string[] } = {}): Endpoint => ({
  namespace,
  labels: { app },
  namespaceLabels: { 'kubernetes.io/metadata.name': namespace },
  spec: PodSpec.parse({ containers: [{ name: 'main', ports: [{ name: 'pg', containerPort: 5432 }] }], ...more.spec }),
  addresses: more.addresses ?? [],
});
const web = endpoint('apps', 'web', { addresses: ['10.42.1.5'] });
const db = endpoint('data', 'db');
const policy = (namespace: string, spec: object) => NetworkPolicy.parse({ metadata: { name: 'p', namespace }, spec });
const verdict = (specs: readonly (readonly [string, object])[], from = web, to = db, port = 5432) =>
  reach(groupPolicies(specs.map(([namespace, spec]) => policy(namespace, spec))), { from, to, protocol: 'TCP', port });
const ingress = (...rules: object[]) => ({ podSelector: {}, policyTypes: ['Ingress'], ingress: rules });
const egress = (...rules: object[]) => ({ podSelector: {}, policyTypes: ['Egress'], egress: rules });

test.each([
  ['no policy at all', [], 'allowed'],
  ['a policy for other pods', [['data', { podSelector: { matchLabels: { app: 'x' } } }]], 'allowed'],
  ['a policy of another namespace', [['other', ingress()]], 'allowed'],
  ['default deny', [['data', ingress()]], 'denied'],
  [
    'deny and allow add up',
    [
      ['data', ingress()],
      ['data', ingress({ from: [{ namespaceSelector: {} }] })],
    ],
    'allowed',
  ],
  ['a pod selector means the own namespace', [['data', ingress({ from: [{ podSelector: {} }] })]], 'denied'],
  [
    'namespace and pod in one peer: both',
    [
      [
        'data',
        ingress({
          from: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'apps' } },
              podSelector: { matchLabels: { app: 'other' } },
            },
          ],
        }),
      ],
    ],
    'denied',
  ],
  [
    'as two peers: either',
    [
      [
        'data',
        ingress({
          from: [
            { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'apps' } } },
            { podSelector: { matchLabels: { app: 'other' } } },
          ],
        }),
      ],
    ],
    'allowed',
  ],
  ['the port by number', [['data', ingress({ ports: [{ port: 5432 }] })]], 'allowed'],
  ['the port by name', [['data', ingress({ ports: [{ port: 'pg' }] })]], 'allowed'],
  ['the port in a range', [['data', ingress({ ports: [{ port: 5000, endPort: 6000 }] })]], 'allowed'],
  ['one of two ports', [['data', ingress({ ports: [{ port: 80 }, { port: 5432 }] })]], 'allowed'],
  ['another port', [['data', ingress({ ports: [{ port: 80 }] })]], 'denied'],
  ['another protocol', [['data', ingress({ ports: [{ port: 5432, protocol: 'UDP' }] })]], 'denied'],
  ['egress of the source denied', [['apps', egress()]], 'denied'],
  [
    'egress allowed, ingress denied',
    [
      ['apps', egress({})],
      ['data', ingress()],
    ],
    'denied',
  ],
  [
    'egress rules without policyTypes',
    [['apps', { podSelector: {}, egress: [{ to: [{ podSelector: {} }] }] }]],
    'denied',
  ],
  ['no policyTypes and no egress rules is about ingress', [['apps', { podSelector: {} }]], 'allowed'],
  [
    'an address block that holds the pod',
    [['data', ingress({ from: [{ ipBlock: { cidr: '10.42.0.0/16' } }] })]],
    'allowed',
  ],
  [
    'an exception that takes it out',
    [['data', ingress({ from: [{ ipBlock: { cidr: '10.42.0.0/16', except: ['10.42.1.0/24'] } }] })]],
    'denied',
  ],
  ['a block that is no block', [['data', ingress({ from: [{ ipBlock: { cidr: 'nonsense' } }] })]], 'unknown'],
] as const)('%s', (_, specs, expected) => {
  expect(verdict(specs)).toBe(expected);
});

test('a block says nothing about pods that are not there yet, but everything about the whole internet', () => {
  const planned = endpoint('apps', 'new');
  expect(verdict([['data', ingress({ from: [{ ipBlock: { cidr: '10.42.0.0/16' } }] })]], planned)).toBe('unknown');
  expect(verdict([['data', ingress({ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] })]], planned)).toBe('allowed');
});

test('pods on the host network are nodes: selectors miss them, blocks with the node addresses hit them', () => {
  const host = endpoint('home', 'assistant', { spec: { hostNetwork: true }, addresses: ['192.168.20.21'] });
  expect(verdict([['data', ingress({ from: [{ namespaceSelector: {} }] })]], host)).toBe('denied');
  expect(verdict([['data', ingress({ from: [{ ipBlock: { cidr: '192.168.20.0/24' } }] })]], host)).toBe('allowed');
  expect(verdict([['home', egress()]], host)).toBe('allowed');
  expect(verdict([['home', ingress()]], web, host)).toBe('allowed');
});
