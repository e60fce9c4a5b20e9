import { expect, test } from 'vitest';
import { refsOf } from './refs.ts';

const names = (manifest: string): string[] =>
  refsOf(manifest).map(
    ({ kind, namespace, name, keep }) => `${kind} ${namespace ?? '-'}/${name}${keep ? ' keep' : ''}`,
  );

test('the objects of a manifest as helm writes it', () => {
  const manifest = `---
# Source: app/templates/service.yaml
apiVersion: v1
kind: Service
metadata:
  labels:
    name: not-this
  name: "web"
spec:
  ports: []
---
# Source: app/templates/claim.yaml
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
    annotations:
        helm.sh/resource-policy: keep
    name: data # the data
    namespace: other
---
# only a comment
`;
  expect(names(manifest)).toEqual(['Service -/web', 'PersistentVolumeClaim other/data keep']);
});

test('what is not in block style is parsed', () => {
  const manifest = `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
---
apiVersion: v1
kind: ConfigMapList
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: b, annotations: {helm.sh/resource-policy: keep}}}
`;
  expect(names(manifest)).toEqual(['ConfigMap -/a', 'ConfigMap -/b keep']);
});

test('a text inside of an object names nothing', () => {
  const manifest =
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: |\n    kind: Secret\n    metadata:\n      name: b\n';
  expect(names(manifest)).toEqual(['ConfigMap -/a']);
});
