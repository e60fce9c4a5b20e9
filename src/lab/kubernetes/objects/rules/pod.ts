import type { JsonObject } from '../../json.ts';
import { at, listAt, objectAt, objectsAt, textAt } from '../json.ts';
import { dnsLabelFaults, dnsSubdomainFaults, qualifiedNameFaults } from '../names.ts';
import {
  type Cause,
  duplicate,
  forbiddenField,
  named,
  notNegative,
  oneOf,
  required,
  requiredName,
  wrong,
} from './causes.ts';
import { containersCauses, idCauses } from './container.ts';
import { selectorCauses } from './selectors.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Everything in a pod's spec, at `spec` or in a template. */
export function podSpecCauses(spec: JsonObject, field: string): Cause[] {
  const volumes = objectsAt(spec, 'volumes');
  const around = {
    volumes: new Set(volumes.map((volume) => textAt(volume, 'name') ?? '')),
    hostNetwork: at(spec, 'hostNetwork') === true,
  };
  const taken = new Set<string>();
  const containers = objectsAt(spec, 'containers');
  return [
    ...volumesCauses(volumes, `${field}.volumes`),
    ...(containers.length === 0 ? [required(`${field}.containers`)] : []),
    ...containersCauses(containers, `${field}.containers`, around, taken),
    ...containersCauses(objectsAt(spec, 'initContainers'), `${field}.initContainers`, around, taken),
    ...oneOf(`${field}.restartPolicy`, at(spec, 'restartPolicy'), ['Always', 'OnFailure', 'Never']),
    ...oneOf(`${field}.dnsPolicy`, at(spec, 'dnsPolicy'), [
      'ClusterFirstWithHostNet',
      'ClusterFirst',
      'Default',
      'None',
    ]),
    ...notNegative(`${field}.terminationGracePeriodSeconds`, at(spec, 'terminationGracePeriodSeconds')),
    ...idCauses(objectAt(spec, 'securityContext'), `${field}.securityContext`, ['fsGroup', 'runAsUser', 'runAsGroup']),
    ...placeCauses(spec, field),
  ];
}

function placeCauses(spec: JsonObject, field: string): Cause[] {
  const [nodeName, account] = [textAt(spec, 'nodeName'), textAt(spec, 'serviceAccountName')];
  const deadline = at(spec, 'activeDeadlineSeconds');
  return [
    ...(account ? named(`${field}.serviceAccountName`, account, dnsSubdomainFaults) : []),
    ...(nodeName ? named(`${field}.nodeName`, nodeName, dnsSubdomainFaults) : []),
    ...(typeof deadline === 'number' && deadline < 1
      ? [wrong(`${field}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive')]
      : []),
    ...objectsAt(spec, 'tolerations').flatMap((item, index) =>
      tolerationCauses(item, `${field}.tolerations[${index}]`),
    ),
    ...affinityCauses(objectAt(spec, 'affinity'), `${field}.affinity`),
    ...spreadCauses(spec, `${field}.topologySpreadConstraints`),
  ];
}

/** A volume's source is its one member beside the name. Only a volume without fault takes its name. */
function volumesCauses(volumes: readonly JsonObject[], field: string): Cause[] {
  const names = new Set<string>();
  return volumes.flatMap((volume, index) => {
    const path = `${field}[${index}]`;
    const name = textAt(volume, 'name') ?? '';
    const causes = [
      ...volumeCauses(volume, path),
      ...requiredName(`${path}.name`, name, dnsLabelFaults),
      ...(names.has(name) ? [duplicate(`${path}.name`, name)] : []),
    ];
    if (causes.length === 0) names.add(name);
    return causes;
  });
}

/** The order in which the server looks for a source: of two it reports the later. */
const SOURCE_ORDER = [
  'emptyDir',
  'hostPath',
  'secret',
  'nfs',
  'iscsi',
  'persistentVolumeClaim',
  'downwardAPI',
  'configMap',
  'projected',
  'csi',
  'ephemeral',
  'image',
];

function volumeCauses(volume: JsonObject, path: string): Cause[] {
  const sources = Object.keys(volume)
    .filter((key) => key !== 'name')
    .sort((a, b) => SOURCE_ORDER.indexOf(a) - SOURCE_ORDER.indexOf(b));
  return [
    ...(sources.length === 0 ? [required(path, 'must specify a volume type')] : []),
    ...sources.slice(1).map((source) => forbiddenField(`${path}.${source}`, 'may not specify more than 1 volume type')),
    ...sourceCauses(volume, path),
  ];
}

const SOURCE_NAMES: readonly (readonly [source: string, member: string])[] = [
  ['configMap', 'name'],
  ['secret', 'secretName'],
  ['persistentVolumeClaim', 'claimName'],
  ['hostPath', 'path'],
  ['nfs', 'server'],
  ['nfs', 'path'],
  ['csi', 'driver'],
];

const sourceCauses = (volume: JsonObject, path: string): Cause[] =>
  SOURCE_NAMES.flatMap(([source, member]) =>
    objectAt(volume, source) && !textAt(volume, source, member) ? [required(`${path}.${source}.${member}`)] : [],
  );

function tolerationCauses(item: JsonObject, field: string): Cause[] {
  const [key, operator, effect] = [textAt(item, 'key'), textAt(item, 'operator') ?? 'Equal', textAt(item, 'effect')];
  return [
    ...(key ? named(`${field}.key`, key, qualifiedNameFaults) : []),
    ...(!key && operator !== 'Exists'
      ? [
          wrong(
            `${field}.operator`,
            operator,
            'operator must be Exists when `key` is empty, which means "match all values and all keys"',
          ),
        ]
      : []),
    ...(operator === 'Exists' && textAt(item, 'value')
      ? [wrong(`${field}.operator`, item, "value must be empty when `operator` is 'Exists'")]
      : []),
    ...oneOf(`${field}.operator`, operator, ['Equal', 'Exists', 'Gt', 'Lt']),
    ...(effect ? oneOf(`${field}.effect`, effect, EFFECTS) : []),
    ...(at(item, 'tolerationSeconds') !== undefined && effect !== 'NoExecute'
      ? [wrong(`${field}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set")]
      : []),
  ];
}

/** The taints of a node; the real server reports them under `metadata`. */
export const taintsCauses = (spec: JsonObject | undefined): Cause[] =>
  objectsAt(spec, 'taints').flatMap((taint, index, all) => {
    const path = `metadata.taints[${index}]`;
    const [key, effect] = [textAt(taint, 'key') ?? '', textAt(taint, 'effect')];
    const twice = all
      .slice(0, index)
      .some((other) => other['key'] === taint['key'] && other['effect'] === taint['effect']);
    return [
      ...named(`${path}.key`, key, qualifiedNameFaults),
      ...(effect ? oneOf(`${path}.effect`, effect, EFFECTS) : [required(`${path}.effect`)]),
      ...(twice ? [duplicate(path, taint, 'taints must be unique by key and effect pair')] : []),
    ];
  });

function affinityCauses(affinity: JsonObject | undefined, field: string): Cause[] {
  const node = objectAt(affinity, 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  const terms = `${field}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  const none = node && listAt(node, 'nodeSelectorTerms').length === 0;
  const podTerms = ['podAffinity', 'podAntiAffinity'].flatMap((kind) =>
    objectsAt(affinity, kind, 'requiredDuringSchedulingIgnoredDuringExecution').flatMap((term, index) =>
      podTermCauses(term, `${field}.${kind}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`),
    ),
  );
  return [...(none ? [required(terms, 'must have at least one node selector term')] : []), ...podTerms];
}

const podTermCauses = (term: JsonObject, field: string): Cause[] => [
  ...selectorCauses(objectAt(term, 'labelSelector'), `${field}.labelSelector`),
  ...(textAt(term, 'topologyKey') ? [] : [required(`${field}.topologyKey`, 'can not be empty')]),
];

const spreadCauses = (spec: JsonObject, field: string): Cause[] =>
  objectsAt(spec, 'topologySpreadConstraints').flatMap((item, index) => {
    const path = `${field}[${index}]`;
    const skew = at(item, 'maxSkew') ?? 0;
    return [
      ...(typeof skew === 'number' && skew <= 0 ? [wrong(`${path}.maxSkew`, skew, 'must be greater than zero')] : []),
      ...(textAt(item, 'topologyKey') ? [] : [required(`${path}.topologyKey`, 'can not be empty')]),
      ...oneOf(`${path}.whenUnsatisfiable`, at(item, 'whenUnsatisfiable') ?? '', ['DoNotSchedule', 'ScheduleAnyway']),
      ...selectorCauses(objectAt(item, 'labelSelector'), `${path}.labelSelector`),
    ];
  });
