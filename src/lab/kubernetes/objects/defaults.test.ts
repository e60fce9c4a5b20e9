import { expect, test } from 'vitest';
import type { JsonObject, KubeJson } from '../json.ts';
import { decodeRequest } from './decode.ts';
import { applyDefaults } from './defaults.ts';
import { isObject, objectsAt, textAt } from './json.ts';
import { shapeOf, untypedShape } from './schema.ts';
import { captured } from './testdata/captured.ts';

const gvkOf = ({ apiVersion, kind }: KubeJson) => {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return { group: group ?? '', version: version ?? '', kind };
};

/** What is not defaulting: admission (tokens, tolerations, priorities), allocation, the first status, a job's own labels. */
const ADMITTED: Readonly<Record<string, readonly string[]>> = {
  Pod: ['tolerations', 'priority', 'preemptionPolicy', 'serviceAccount', 'serviceAccountName'],
  Service: ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'healthCheckNodePort'],
  Job: ['selector', 'template.metadata'],
  Namespace: ['finalizers'],
  Node: ['taints'],
};

/** The spec and top-level data of an object, without what admission added. */
function comparable(object: KubeJson): JsonObject {
  const { metadata: _metadata, status: _status, ...rest } = structuredClone(object) as unknown as JsonObject;
  const spec = isObject(rest['spec']) ? rest['spec'] : {};
  for (const field of ADMITTED[object.kind] ?? []) delete spec[field];
  if (object.kind === 'Job' && isObject(spec['template'])) delete spec['template']['metadata'];
  if (object.kind === 'Pod') dropToken(spec);
  if (object.kind === 'Namespace') delete rest['spec'];
  delete rest['stringData'];
  if (object.kind === 'Secret') delete rest['data'];
  return rest;
}

const isToken = (item: JsonObject): boolean => textAt(item, 'name')?.startsWith('kube-api-access-') === true;

function dropToken(spec: JsonObject): void {
  const without = (owner: JsonObject, member: string): void => {
    const left = objectsAt(owner, member).filter((item) => !isToken(item));
    if (left.length > 0) owner[member] = left;
    else delete owner[member];
  };
  without(spec, 'volumes');
  for (const list of ['containers', 'initContainers'])
    for (const container of objectsAt(spec, list)) without(container, 'volumeMounts');
}

const cases = captured().created.map((entry) => [entry.input.kind, entry.input.metadata.name, entry] as const);

test.each(cases)('%s %s is stored as the real server stores it', (_kind, _name, { input, stored }) => {
  const gvk = gvkOf(input);
  const { object } = decodeRequest(input, gvk, shapeOf(gvk) ?? untypedShape(), 'Strict');
  expect(comparable(applyDefaults(gvk, object))).toEqual(comparable(stored));
});

test.each(cases)('%s %s, read back and sent again, stays as it is', (_kind, _name, { stored }) => {
  const gvk = gvkOf(stored);
  const { object } = decodeRequest(stored, gvk, shapeOf(gvk) ?? untypedShape(), 'Strict');
  expect(applyDefaults(gvk, object)).toEqual(stored);
});

test('defaulting leaves the object it was given alone', () => {
  const { input } = cases[0]?.[2] ?? { input: undefined };
  const before = JSON.stringify(input);
  if (input) applyDefaults(gvkOf(input), input);
  expect(JSON.stringify(input)).toBe(before);
});
