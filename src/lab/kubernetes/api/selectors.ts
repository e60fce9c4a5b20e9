import type { KubeJson } from '../json.ts';
import { badRequest } from './fault.ts';

export type Labels = Readonly<Record<string, string>>;

interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'absent' | 'gt' | 'lt';
  readonly values: readonly string[];
}

const parseError = (what: string): Error => badRequest(`unable to parse requirement: ${what}`);

/** Splits at commas outside parentheses. */
function splitRequirements(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const char = text[at];
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (at === text.length || (char === ',' && depth === 0)) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return parts;
}

const KEY = /^([a-z0-9A-Z]([-a-z0-9A-Z_.]*[a-z0-9A-Z])?\/)?[a-z0-9A-Z]([-a-z0-9A-Z_.]*[a-z0-9A-Z])?$/;
const VALUE = /^([a-z0-9A-Z]([-a-z0-9A-Z_.]*[a-z0-9A-Z])?)?$/;

const SET = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/;
const COMPARED = /^([^=!<>\s]+)\s*(==|=|!=|>|<)\s*([^=!<>\s]*)$/;
const OPERATORS = { '=': 'in', '==': 'in', '!=': 'notin', '>': 'gt', '<': 'lt' } as const;

function parseRequirement(part: string): Requirement {
  const set = SET.exec(part);
  if (set) {
    const [, key = '', operator, values = ''] = set;
    return checked({
      key,
      operator: operator === 'in' ? 'in' : 'notin',
      values: values.split(',').map((value) => value.trim()),
    });
  }
  const compared = COMPARED.exec(part);
  if (compared) {
    const [, key = '', operator = '=', value = ''] = compared;
    // The pattern lets nothing else through.
    return checked({ key, operator: OPERATORS[operator as keyof typeof OPERATORS], values: [value] });
  }
  if (part.startsWith('!')) return checked({ key: part.slice(1).trim(), operator: 'absent', values: [] });
  if (/[=<>]/.test(part)) throw parseError(`found '${/[=<>]+$/.exec(part)?.[0] ?? '='}', expected: identifier`);
  return checked({ key: part, operator: 'exists', values: [] });
}

function checked(requirement: Requirement): Requirement {
  if (!KEY.test(requirement.key))
    throw parseError(`<nil>: Invalid value: "${requirement.key}": name part must be valid`);
  const wrong = requirement.values.find((value) => !VALUE.test(value) || value.length > 63);
  if (wrong !== undefined)
    throw parseError(`values[0][${requirement.key}]: Invalid value: "${wrong}": a valid label must be valid`);
  return requirement;
}

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case 'gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'lt':
      return value !== undefined && Number(value) < Number(values[0]);
  }
}

/** A `labelSelector` as clients write it; throws 400 when it does not parse. */
export function parseLabelSelector(text: string): (labels: Labels) => boolean {
  if (text.trim() === '') return () => true;
  const requirements = splitRequirements(text).map(parseRequirement);
  return (labels) => requirements.every((requirement) => holds(requirement, labels));
}

/** A selector inside an object: `matchLabels` and `matchExpressions`. An empty one matches everything, none matches nothing. */
export function matchesSelector(selector: unknown, labels: Labels): boolean {
  if (typeof selector !== 'object' || selector === null) return false;
  // Validated with its object; what is not of this shape simply does not match.
  const { matchLabels = {}, matchExpressions = [] } = selector as {
    matchLabels?: Labels;
    matchExpressions?: { key: string; operator: string; values?: string[] }[];
  };
  const operators: Record<string, Requirement['operator']> = {
    In: 'in',
    NotIn: 'notin',
    Exists: 'exists',
    DoesNotExist: 'absent',
  };
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) =>
      holds({ key, operator: operators[operator] ?? 'exists', values }, labels),
    )
  );
}

/** `metadata.name`, `spec.nodeName`: the text at a path; what is not there is ''. */
export function fieldText(object: KubeJson, path: string): string {
  let value: unknown = object;
  for (const part of path.split('.')) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

const COMMON = ['metadata.name', 'metadata.namespace'];

/** Fields by which each resource can be selected beyond its name and namespace, as the real API server registers them. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  'events.events.k8s.io': [
    'regarding.kind',
    'regarding.namespace',
    'regarding.name',
    'regarding.uid',
    'reason',
    'type',
  ],
  nodes: ['spec.unschedulable'],
  namespaces: ['status.phase'],
  secrets: ['type'],
  services: ['spec.clusterIP', 'spec.type'],
  replicationcontrollers: ['status.replicas'],
  'replicasets.apps': ['status.replicas'],
  'jobs.batch': ['status.successful'],
};

/** Fields that are false when they are not there. */
const FLAGS = new Set(['spec.unschedulable', 'spec.hostNetwork']);
const ALIASES: Readonly<Record<string, string>> = {
  'status.successful': 'status.succeeded',
  source: 'source.component',
  'status.podIPs': 'status.podIP',
};

const selectable = (object: KubeJson, field: string): string =>
  fieldText(object, ALIASES[field] ?? field) || (FLAGS.has(field) ? 'false' : '');

function unknownField(resource: string, field: string, known: readonly string[]): Error {
  if (FIELDS[resource] && !resource.includes('.')) return badRequest(`field label not supported: ${field}`);
  const list = known.map((name) => JSON.stringify(name)).join(', ');
  return badRequest(`${JSON.stringify(field)} is not a known field selector: only ${list}`);
}

/** A `fieldSelector`; throws 400 for a field that `resource` cannot be selected by. `extra` = selectable fields of a custom resource. */
export function parseFieldSelector(
  resource: string,
  text: string,
  extra: readonly string[] = [],
): (object: KubeJson) => boolean {
  if (text.trim() === '') return () => true;
  const known = [...COMMON, ...(FIELDS[resource] ?? []), ...extra];
  const terms = text.split(',').map((part) => {
    const [, field = '', operator = '', value = ''] = /^([^=!]+)(==|=|!=)(.*)$/.exec(part.trim()) ?? [];
    if (operator === '') throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
    if (!known.includes(field)) throw unknownField(resource, field, known);
    return { field, wanted: operator !== '!=', value };
  });
  return (object) => terms.every(({ field, wanted, value }) => (selectable(object, field) === value) === wanted);
}
