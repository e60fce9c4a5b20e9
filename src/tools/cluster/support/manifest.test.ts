import { expect, test } from 'vitest';
import { parseManifest, targetOfManifest } from './manifest.ts';

const code = (text: string): string => {
  try {
    parseManifest(text);
    return 'fine';
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: media}';

test.each([
  ['a: [', 'manifest_not_yaml'],
  ['', 'manifest_empty'],
  ['---\n---\n', 'manifest_empty'],
  ['- a\n- b', 'manifest_not_object'],
  ['just words', 'manifest_not_object'],
  ['apiVersion: v1\nmetadata: {name: x}', 'manifest_incomplete'],
  ['apiVersion: v1\nkind: Service\nmetadata: {namespace: x}', 'manifest_incomplete'],
  ['apiVersion: v1\nkind: Service\nmetadata: {name: 7}', 'manifest_incomplete'],
  ['apiVersion: v1\nkind: Service\nkind: Pod\nmetadata: {name: x}', 'manifest_not_yaml'],
  [`${service}\n---\n${service}`, 'manifest_twice'],
  [
    Array.from({ length: 60 }, (_, i) => `apiVersion: v1\nkind: Service\nmetadata: {name: s${i}}`).join('\n---\n'),
    'manifest_too_long',
  ],
  [
    'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]',
    'manifest_not_yaml',
  ],
  [service, 'fine'],
] as const)('%j is %s', (text, expected) => {
  expect(code(text)).toBe(expected);
});

test('namespaces and definitions come first, lists are opened, fields of the server are left out', () => {
  const objects = parseManifest(`
apiVersion: v1
kind: List
items:
- {apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: media, uid: u, resourceVersion: "7", managedFields: []}, status: {replicas: 1}}
- {apiVersion: v1, kind: Namespace, metadata: {name: media}}
- {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: x.example.org}}
`);
  expect(objects.map(({ kind }) => kind)).toEqual(['Namespace', 'CustomResourceDefinition', 'Deployment']);
  expect(objects[2]).toEqual({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'media' },
  });
  expect(objects.map(targetOfManifest)[2]).toEqual({
    system: 'kubernetes',
    group: 'apps',
    kind: 'Deployment',
    namespace: 'media',
    name: 'web',
  });
});
