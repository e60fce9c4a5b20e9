import { expect, test } from 'vitest';
import type { KubeKind } from './contract.ts';
import { findKind } from './discovery.ts';

const kind = (group: string, name: string, resource: string, shortNames: string[] = []): KubeKind => ({
  group,
  version: 'v1',
  kind: name,
  resource,
  shortNames,
  namespaced: true,
  verbs: [],
});
const kinds = [
  kind('metrics.k8s.io', 'PodMetrics', 'pods'),
  kind('', 'Pod', 'pods', ['po']),
  kind('apps', 'Deployment', 'deployments', ['deploy']),
  kind('example.com', 'Deployment', 'deployments'),
];

test.each([
  ['Pod', ''],
  ['po', ''],
  ['pods', ''],
  ['v1/Pod', ''],
  ['Deployment', 'apps'],
  ['deploy', 'apps'],
  ['deployments.apps', 'apps'],
  ['Deployment.example.com', 'example.com'],
  ['example.com/v1/Deployment', 'example.com'],
])('%s is of group "%s"', (name, group) => {
  expect(findKind(kinds, name)?.group).toBe(group);
});

test('what is not served is not found', () => {
  expect(findKind(kinds, 'apps/v2/Deployment')).toBeUndefined();
  expect(findKind(kinds, 'Gadget')).toBeUndefined();
});
