import type { JsonObject, KubeJson } from '../../json.ts';
import { at, equalJson, listAt, objectAt, objectsAt, textAt } from '../json.ts';
import { dnsSubdomainFaults } from '../names.ts';
import { type Cause, forbiddenField, named, oneOf, required, unchanged, unsupported, wrong } from './causes.ts';

const KEY = /^[-._a-zA-Z0-9]+$/;
const KEY_HELP =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

const keyFaults = (key: string): string[] =>
  key === '.' || key === '..' ? [`must not be '${key}'`] : KEY.test(key) ? [] : [KEY_HELP];

const keyCauses = (object: KubeJson, member: string): Cause[] =>
  Object.keys(objectAt(object, member) ?? {}).flatMap((key) => named(`${member}[${key}]`, key, keyFaults));

/** Data that was made immutable stays as it is, and stays immutable. */
function frozenCauses(object: KubeJson, old: KubeJson | undefined, members: readonly string[]): Cause[] {
  if (at(old, 'immutable') !== true) return [];
  const words = 'field is immutable when `immutable` is set';
  return [
    ...(at(object, 'immutable') === true ? [] : [forbiddenField('immutable', words)]),
    ...members.flatMap((member) =>
      equalJson(at(object, member) ?? {}, at(old, member) ?? {}) ? [] : [forbiddenField(member, words)],
    ),
  ];
}

export const configMapCauses = (object: KubeJson, old?: KubeJson): Cause[] => [
  ...keyCauses(object, 'data'),
  ...keyCauses(object, 'binaryData'),
  ...frozenCauses(object, old, ['data', 'binaryData']),
];

const SECRET_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

export function secretCauses(object: KubeJson, old?: KubeJson): Cause[] {
  const type = textAt(object, 'type') ?? 'Opaque';
  const data = objectAt(object, 'data') ?? {};
  const missing = (SECRET_KEYS[type] ?? []).filter((key) => !(key in data));
  return [
    ...(old ? unchanged('type', at(object, 'type'), at(old, 'type')) : []),
    ...keyCauses(object, 'data'),
    ...missing.map((key) => required(`data[${key}]`)),
    ...frozenCauses(object, old, ['data']),
  ];
}

function subjectCauses(subject: JsonObject, field: string, isNamespaced: boolean): Cause[] {
  const [kind, name] = [textAt(subject, 'kind') ?? '', textAt(subject, 'name') ?? ''];
  const isAccount = kind === 'ServiceAccount';
  return [
    ...(name === '' ? [required(`${field}.name`)] : isAccount ? named(`${field}.name`, name, dnsSubdomainFaults) : []),
    ...(isAccount && !isNamespaced && !textAt(subject, 'namespace') ? [required(`${field}.namespace`)] : []),
    ...oneOf(`${field}.kind`, kind, ['ServiceAccount', 'User', 'Group']),
  ];
}

export function bindingCauses(object: KubeJson, old?: KubeJson): Cause[] {
  const isNamespaced = object.kind === 'RoleBinding';
  const role = objectAt(object, 'roleRef');
  const kinds = isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  const kind = textAt(role, 'kind') ?? '';
  return [
    ...(kinds.includes(kind) ? [] : [unsupported('roleRef.kind', kind, kinds)]),
    ...(textAt(role, 'name') ? [] : [required('roleRef.name')]),
    ...objectsAt(object, 'subjects').flatMap((subject, index) =>
      subjectCauses(subject, `subjects[${index}]`, isNamespaced),
    ),
    ...(old && !equalJson(role ?? null, objectAt(old, 'roleRef') ?? null)
      ? [wrong('roleRef', goRole(role), 'cannot change roleRef')]
      : []),
  ];
}

/** The server prints its internal type here. */
const goRole = (role: JsonObject | undefined): JsonObject => ({
  APIGroup: textAt(role, 'apiGroup') ?? '',
  Kind: textAt(role, 'kind') ?? '',
  Name: textAt(role, 'name') ?? '',
});

export const roleCauses = (object: KubeJson): Cause[] =>
  objectsAt(object, 'rules').flatMap((rule, index) => ruleCauses(rule, `rules[${index}]`, object.kind === 'Role'));

function ruleCauses(rule: JsonObject, field: string, isNamespaced: boolean): Cause[] {
  const has = (member: string): boolean => listAt(rule, member).length > 0;
  const verbs = has('verbs') ? [] : [required(`${field}.verbs`, 'verbs must contain at least one value')];
  if (has('nonResourceURLs')) {
    const urls = at(rule, 'nonResourceURLs');
    const path = `${field}.nonResourceURLs`;
    const mixed = has('apiGroups') || has('resources') || has('resourceNames');
    return [
      ...verbs,
      ...(isNamespaced ? [wrong(path, urls, 'namespaced rules cannot apply to non-resource URLs')] : []),
      ...(mixed ? [wrong(path, urls, 'rules cannot apply to both regular resources and non-resource URLs')] : []),
    ];
  }
  return [
    ...verbs,
    ...(has('apiGroups') ? [] : [required(`${field}.apiGroups`, 'resource rules must supply at least one api group')]),
    ...(has('resources') ? [] : [required(`${field}.resources`, 'resource rules must supply at least one resource')]),
  ];
}

export const priorityClassCauses = (object: KubeJson, old?: KubeJson): Cause[] =>
  old && !equalJson(at(object, 'value') ?? 0, at(old, 'value') ?? 0)
    ? [forbiddenField('value', 'may not be changed in an update.')]
    : [];

/** An event stands in the namespace of what it is about; of a cluster-wide object in `default`. */
export function eventCauses(object: KubeJson): Cause[] {
  const field = at(object, 'involvedObject') === undefined ? 'regarding' : 'involvedObject';
  const about = textAt(object, field, 'namespace') ?? '';
  const namespace = object.metadata.namespace ?? '';
  const fits = about === '' ? ['default', 'kube-system', ''].includes(namespace) : about === namespace;
  return fits ? [] : [wrong(`involvedObject.namespace`, about, 'does not match event.namespace')];
}
