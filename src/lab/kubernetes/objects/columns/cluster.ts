import type { JsonObject, KubeJson } from '../../json.ts';
import { ageOf } from '../duration.ts';
import { at, numberAt, objectAt, objectsAt, textAt } from '../json.ts';
import {
  AGE,
  type Column,
  conditionStatus,
  count,
  integer,
  NAME,
  scalar,
  text,
  textOr,
  wide,
  yesNo,
} from './column.ts';

function nodeStatus(node: KubeJson): string {
  const ready = conditionStatus(node, 'Ready');
  const state = ready === undefined ? 'Unknown' : ready === 'True' ? 'Ready' : 'NotReady';
  return at(node, 'spec', 'unschedulable') === true ? `${state},SchedulingDisabled` : state;
}

const ROLE = 'node-role.kubernetes.io/';

function roles({ metadata: { labels } }: KubeJson): string {
  const named = Object.entries(labels ?? {}).flatMap(([key, value]) =>
    key.startsWith(ROLE) ? [key.slice(ROLE.length)] : key === 'kubernetes.io/role' ? [value] : [],
  );
  return [...new Set(named.filter((role) => role !== ''))].sort().join(',') || '<none>';
}

const address = (node: KubeJson, type: string): string =>
  textOr(
    objectsAt(node, 'status', 'addresses').find((entry) => at(entry, 'type') === type),
    '<none>',
    'address',
  );

const nodeInfo = (name: string, field: string): Column =>
  text(name, (node) => textOr(node, '<unknown>', 'status', 'nodeInfo', field));

export const NODE_COLUMNS: readonly Column[] = [
  NAME,
  text('Status', nodeStatus),
  text('Roles', roles),
  AGE,
  text('Version', (node) => textOr(node, '', 'status', 'nodeInfo', 'kubeletVersion')),
  wide(text('Internal-IP', (node) => address(node, 'InternalIP'))),
  wide(text('External-IP', (node) => address(node, 'ExternalIP'))),
  wide(nodeInfo('OS-Image', 'osImage')),
  wide(nodeInfo('Kernel-Version', 'kernelVersion')),
  wide(nodeInfo('Container-Runtime', 'containerRuntimeVersion')),
];

export const NAMESPACE_COLUMNS: readonly Column[] = [
  NAME,
  text('Status', (namespace) => textOr(namespace, '', 'status', 'phase')),
  AGE,
];

const size = (object: KubeJson, field: string): number => Object.keys(objectAt(object, field) ?? {}).length;

export const CONFIG_MAP_COLUMNS: readonly Column[] = [
  NAME,
  text('Data', (object) => size(object, 'data') + size(object, 'binaryData')),
  AGE,
];

export const SECRET_COLUMNS: readonly Column[] = [
  NAME,
  text('Type', (secret) => textOr(secret, '', 'type')),
  text('Data', (secret) => size(secret, 'data')),
  AGE,
];

const firstSeen = (event: KubeJson, now: Date): string =>
  ageOf(textAt(event, 'firstTimestamp') ?? textAt(event, 'deprecatedFirstTimestamp') ?? at(event, 'eventTime'), now);

function lastSeen(event: KubeJson, now: Date): string {
  const last =
    textAt(event, 'series', 'lastObservedTime') ??
    textAt(event, 'lastTimestamp') ??
    textAt(event, 'deprecatedLastTimestamp');
  return last === undefined ? firstSeen(event, now) : ageOf(last, now);
}

const about = (event: KubeJson): JsonObject | undefined =>
  objectAt(event, 'involvedObject') ?? objectAt(event, 'regarding');

function eventObject(event: KubeJson): string {
  const [kind, name] = [textOr(about(event), '', 'kind').toLowerCase(), textOr(about(event), '', 'name')];
  return name === '' ? kind : `${kind}/${name}`;
}

function eventSource(event: KubeJson): string {
  const source = objectAt(event, 'source') ?? objectAt(event, 'deprecatedSource');
  const component = textOr(
    source,
    textOr(event, textOr(event, '', 'reportingController'), 'reportingComponent'),
    'component',
  );
  const host = textOr(source, textOr(event, '', 'reportingInstance'), 'host');
  return host === '' ? component : `${component}, ${host}`;
}

const eventCount = (event: KubeJson): number =>
  numberAt(event, 'series', 'count') ?? (numberAt(event, 'count') || numberAt(event, 'deprecatedCount') || 1);

export const EVENT_COLUMNS: readonly Column[] = [
  text('Last Seen', lastSeen),
  text('Type', (event) => textOr(event, '', 'type')),
  text('Reason', (event) => textOr(event, '', 'reason')),
  text('Object', eventObject),
  wide(text('Subobject', (event) => textOr(about(event), '', 'fieldPath'))),
  wide(text('Source', eventSource)),
  text('Message', (event) => textOr(event, textOr(event, '', 'note'), 'message').trim()),
  wide(text('First Seen', firstSeen)),
  wide(text('Count', eventCount)),
  wide(NAME),
];

/** `requests.cpu: 1/2, pods: 3/10` of a quota; limits and everything else apart. */
const usage = (quota: KubeJson, limits: boolean): string =>
  Object.keys(objectAt(quota, 'status', 'hard') ?? {})
    .filter((name) => name.startsWith('limits') === limits)
    .sort()
    .map((name) => {
      const used = scalar(at(quota, 'status', 'used', name)) || '0';
      return `${name}: ${used}/${scalar(at(quota, 'status', 'hard', name))}`;
    })
    .join(', ');

export const QUOTA_COLUMNS: readonly Column[] = [
  NAME,
  text('Request', (quota) => usage(quota, false)),
  text('Limit', (quota) => usage(quota, true)),
  AGE,
];

const subjects = (binding: KubeJson, kind: string): string =>
  objectsAt(binding, 'subjects')
    .filter((subject) => at(subject, 'kind') === kind)
    .map((subject) =>
      kind === 'ServiceAccount'
        ? `${textOr(subject, '', 'namespace')}/${textOr(subject, '', 'name')}`
        : textOr(subject, '', 'name'),
    )
    .join(', ');

export const BINDING_COLUMNS: readonly Column[] = [
  NAME,
  text('Role', (binding) => `${textOr(binding, '', 'roleRef', 'kind')}/${textOr(binding, '', 'roleRef', 'name')}`),
  AGE,
  wide(text('Users', (binding) => subjects(binding, 'User'))),
  wide(text('Groups', (binding) => subjects(binding, 'Group'))),
  wide(text('ServiceAccounts', (binding) => subjects(binding, 'ServiceAccount'))),
];

export const PRIORITY_CLASS_COLUMNS: readonly Column[] = [
  NAME,
  integer('Value', (object) => count(object, 'value')),
  yesNo('Global-Default', (object) => at(object, 'globalDefault') === true),
  AGE,
  text('PreemptionPolicy', (object) => textOr(object, '', 'preemptionPolicy')),
];

export const LEASE_COLUMNS: readonly Column[] = [
  NAME,
  text('Holder', (lease) => textOr(lease, '', 'spec', 'holderIdentity')),
  AGE,
];
