import { type KubeJson, type ObjectMeta } from '../json.ts';
import { badRequest } from './fault.ts';
import { at } from './json.ts';

/** One condition of a field selector. */
export interface FieldRequirement {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

const COMMON = ['metadata.name', 'metadata.namespace'];
const EVENT = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

/** Fields each resource can be selected by, beside name and namespace. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'spec.host',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  nodes: ['spec.unschedulable'],
  namespaces: ['name', 'status.phase'],
  secrets: ['type'],
  services: ['spec.clusterIP', 'spec.type'],
  replicationcontrollers: ['status.replicas'],
  'jobs.batch': ['status.successful'],
  events: [...EVENT.map((name) => `involvedObject.${name}`), 'reason', 'reportingComponent', 'source', 'type'],
  'events.events.k8s.io': [...EVENT.map((name) => `regarding.${name}`), 'reason', 'reportingController', 'type'],
  'customresourcedefinitions.apiextensions.k8s.io': [],
};

/** Resources whose selector code answers for itself, with a shorter sentence. */
const OWN_WORDS = new Set(
  Object.keys(FIELDS).filter((resource) => resource !== 'customresourcedefinitions.apiextensions.k8s.io'),
);

/**
 * `?fieldSelector=metadata.name=x,status.phase!=Running`; throws the real server's 400 for a field the resource cannot be
 * selected by and for a malformed text.
 * @param resource `resourceKey`: `pods`, `jobs.batch`
 */
export function parseFieldSelector(text: string, resource: string): readonly FieldRequirement[] {
  return text
    .split(/(?<!\\),/)
    .filter((term) => term !== '')
    .map((term) => requirement(term, text, resource));
}

function requirement(term: string, text: string, resource: string): FieldRequirement {
  const match = /^([^=!]*?)(!=|==|=)(.*)$/s.exec(term);
  if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
  const [, field = '', operator = '', raw = ''] = match;
  const stray = /(?<!\\)[=,]/.exec(raw)?.[0];
  if (stray !== undefined)
    throw badRequest(`invalid field selector: unescaped character in value: ${stray.charCodeAt(0)}`);
  if (!COMMON.includes(field) && !FIELDS[resource]?.includes(field)) throw unsupported(field, resource);
  return { field, equal: operator !== '!=', value: raw.replaceAll(/\\(.)/g, '$1') };
}

const unsupported = (field: string, resource: string): Error =>
  badRequest(
    OWN_WORDS.has(resource)
      ? `field label not supported: ${field}`
      : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );

/** True when every condition holds; a missing field reads as empty text. */
export const matchesFields = (requirements: readonly FieldRequirement[], object: KubeJson): boolean =>
  requirements.every(({ field, equal, value }) => (fieldValue(object, field) === value) === equal);

/** The fields that read an object elsewhere than at their own name. */
const ELSEWHERE: Readonly<Record<string, (object: KubeJson) => unknown>> = {
  'metadata.name': ({ metadata }) => (metadata satisfies ObjectMeta).name,
  name: ({ metadata }) => metadata.name,
  'spec.host': (object) => at(object, 'spec', 'nodeName'),
  'spec.hostNetwork': (object) => at(object, 'spec', 'hostNetwork') ?? false,
  'spec.unschedulable': (object) => at(object, 'spec', 'unschedulable') ?? false,
  'status.successful': (object) => at(object, 'status', 'succeeded') ?? 0,
  'status.replicas': (object) => at(object, 'status', 'replicas') ?? 0,
  source: (object) => at(object, 'source', 'component') ?? at(object, 'reportingComponent'),
  'status.podIPs': (object) => at(object, 'status', 'podIP'),
};

function fieldValue(object: KubeJson, field: string): string {
  const elsewhere = ELSEWHERE[field];
  const value = elsewhere ? elsewhere(object) : at(object, ...field.split('.'));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
