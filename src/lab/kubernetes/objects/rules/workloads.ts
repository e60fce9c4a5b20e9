import type { Json, JsonObject, KubeJson } from '../../json.ts';
import { at, objectAt, objectsAt, textAt } from '../json.ts';
import { type Cause, forbiddenField, notNegative, oneOf, required, unchanged, unsupported, wrong } from './causes.ts';
import { annotationCauses, labelCauses } from './meta.ts';
import { podSpecCauses } from './pod.ts';
import { selectorCauses, templateMatchCauses, workloadSelectorCauses } from './selectors.ts';
import { claimSpecCauses } from './storage.ts';

/** A pod template: its labels, annotations and pod spec. */
function templateCauses(template: JsonObject | undefined, field: string): Cause[] {
  return [
    ...labelCauses(objectAt(template, 'metadata', 'labels'), `${field}.metadata.labels`),
    ...annotationCauses(objectAt(template, 'metadata', 'annotations'), `${field}.metadata.annotations`),
    ...podSpecCauses(objectAt(template, 'spec') ?? {}, `${field}.spec`),
  ];
}

/** The template of a workload is judged only when its selector can be read. */
const selectedTemplateCauses = (spec: JsonObject, template: JsonObject | undefined): Cause[] =>
  selectorCauses(objectAt(spec, 'selector'), '').length > 0
    ? []
    : [...templateMatchCauses(spec), ...templateCauses(template, 'spec.template'), ...alwaysRestarts(spec)];

/** Pods of these workloads are started again for ever. */
function alwaysRestarts(spec: JsonObject): Cause[] {
  const policy = textAt(spec, 'template', 'spec', 'restartPolicy');
  const deadline = at(spec, 'template', 'spec', 'activeDeadlineSeconds');
  return [
    ...(policy === undefined || policy === 'Always'
      ? []
      : [unsupported('spec.template.spec.restartPolicy', policy, ['Always'])]),
    ...(deadline === undefined
      ? []
      : [
          forbiddenField(
            'spec.template.spec.activeDeadlineSeconds',
            'activeDeadlineSeconds in ReplicaSet is not Supported',
          ),
        ]),
  ];
}

const isPercent = (value: Json | undefined): value is string => typeof value === 'string' && /^\d+%$/.test(value);

/** A count or a percentage. */
function countOrPercent(value: Json | undefined, field: string): Cause[] {
  if (typeof value === 'number') return notNegative(field, value);
  if (value === undefined || isPercent(value)) return [];
  return [
    wrong(
      field,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ),
  ];
}

const notOver100 = (value: Json | undefined, field: string): Cause[] =>
  isPercent(value) && Number.parseInt(value, 10) > 100 ? [wrong(field, value, 'must not be greater than 100%')] : [];

const isZero = (value: Json | undefined): boolean =>
  value === undefined || value === 0 || (isPercent(value) && Number.parseInt(value, 10) === 0);

function strategyCauses(strategy: JsonObject | undefined): Cause[] {
  const type = textAt(strategy, 'type');
  const rolling = objectAt(strategy, 'rollingUpdate');
  const field = 'spec.strategy.rollingUpdate';
  if (type === 'Recreate')
    return rolling ? [forbiddenField(field, "may not be specified when strategy `type` is 'Recreate'")] : [];
  if (type !== 'RollingUpdate')
    return type === undefined ? [] : [unsupported('spec.strategy', strategy, ['Recreate', 'RollingUpdate'])];
  const [unavailable, surge] = [at(rolling, 'maxUnavailable'), at(rolling, 'maxSurge')];
  return [
    ...countOrPercent(unavailable, `${field}.maxUnavailable`),
    ...countOrPercent(surge, `${field}.maxSurge`),
    ...(isZero(unavailable) && isZero(surge)
      ? [wrong(`${field}.maxUnavailable`, unavailable, 'may not be 0 when `maxSurge` is 0')]
      : []),
    ...notOver100(unavailable, `${field}.maxUnavailable`),
  ];
}

export function deploymentCauses(object: KubeJson, old?: KubeJson): Cause[] {
  const spec = objectAt(object, 'spec') ?? {};
  const [deadline, ready] = [at(spec, 'progressDeadlineSeconds'), at(spec, 'minReadySeconds') ?? 0];
  return [
    ...notNegative('spec.replicas', at(spec, 'replicas')),
    ...workloadSelectorCauses(spec, 'deployment'),
    ...selectedTemplateCauses(spec, objectAt(spec, 'template')),
    ...strategyCauses(objectAt(spec, 'strategy')),
    ...notNegative('spec.minReadySeconds', ready),
    ...notNegative('spec.revisionHistoryLimit', at(spec, 'revisionHistoryLimit')),
    ...notNegative('spec.progressDeadlineSeconds', deadline),
    ...(typeof deadline === 'number' && deadline <= Number(ready)
      ? [wrong('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')]
      : []),
    ...(old ? unchanged('spec.selector', at(spec, 'selector'), at(old, 'spec', 'selector')) : []),
  ];
}

export function replicaSetCauses(object: KubeJson, old?: KubeJson): Cause[] {
  const spec = objectAt(object, 'spec') ?? {};
  return [
    ...notNegative('spec.replicas', at(spec, 'replicas')),
    ...notNegative('spec.minReadySeconds', at(spec, 'minReadySeconds')),
    ...workloadSelectorCauses(spec, 'replicaset'),
    ...selectedTemplateCauses(spec, objectAt(spec, 'template')),
    ...(old ? unchanged('spec.selector', at(spec, 'selector'), at(old, 'spec', 'selector')) : []),
  ];
}

export function daemonSetCauses(object: KubeJson, old?: KubeJson): Cause[] {
  const spec = objectAt(object, 'spec') ?? {};
  const rolling = objectAt(spec, 'updateStrategy', 'rollingUpdate');
  const isStuck = rolling && isZero(at(rolling, 'maxUnavailable')) && isZero(at(rolling, 'maxSurge'));
  return [
    ...workloadSelectorCauses(spec, 'daemonset'),
    ...selectedTemplateCauses(spec, objectAt(spec, 'template')),
    ...notNegative('spec.minReadySeconds', at(spec, 'minReadySeconds')),
    ...(isStuck
      ? [required('spec.updateStrategy.rollingUpdate.maxUnavailable', 'cannot be 0 when maxSurge is 0')]
      : []),
    ...(old ? unchanged('spec.selector', at(spec, 'selector'), at(old, 'spec', 'selector')) : []),
  ];
}

const STATEFUL_MUTABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

function statefulChangeCauses(spec: JsonObject, old: KubeJson): Cause[] {
  const rest = (object: JsonObject | undefined): JsonObject =>
    Object.fromEntries(Object.entries(object ?? {}).filter(([key]) => !STATEFUL_MUTABLE.includes(key)));
  const same = unchanged('spec', rest(spec), rest(objectAt(old, 'spec'))).length === 0;
  if (same) return [];
  const names = STATEFUL_MUTABLE.map((name) => `'${name}'`);
  const list = `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
  return [forbiddenField('spec', `updates to statefulset spec for fields other than ${list} are forbidden`)];
}

export function statefulSetCauses(object: KubeJson, old?: KubeJson): Cause[] {
  const spec = objectAt(object, 'spec') ?? {};
  if (old) {
    const changes = statefulChangeCauses(spec, old);
    if (changes.length > 0) return changes;
  }
  const policy = textAt(spec, 'podManagementPolicy') ?? '';
  const update = objectAt(spec, 'updateStrategy');
  return [
    ...(['', 'OrderedReady', 'Parallel'].includes(policy)
      ? []
      : [wrong('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'")]),
    ...(['RollingUpdate', 'OnDelete', undefined].includes(textAt(update, 'type'))
      ? []
      : [wrong('spec.updateStrategy', update, "must be 'RollingUpdate' or 'OnDelete'")]),
    ...notNegative('spec.replicas', at(spec, 'replicas')),
    ...notNegative('spec.minReadySeconds', at(spec, 'minReadySeconds')),
    ...objectsAt(spec, 'volumeClaimTemplates').flatMap((claim, index) =>
      claimSpecCauses(objectAt(claim, 'spec') ?? {}, `spec.volumeClaimTemplates[${index}].spec`),
    ),
    ...workloadSelectorCauses(spec, 'statefulset'),
    ...selectedTemplateCauses(spec, withClaimVolumes(spec)),
  ];
}

/** The pods of a StatefulSet have a volume for each claim template. */
function withClaimVolumes(spec: JsonObject): JsonObject {
  const template = objectAt(spec, 'template') ?? {};
  const pod = objectAt(template, 'spec') ?? {};
  const claims = objectsAt(spec, 'volumeClaimTemplates').map((claim) => textAt(claim, 'metadata', 'name') ?? '');
  const volumes = claims.map((name): JsonObject => ({ name, persistentVolumeClaim: { claimName: name } }));
  const own = objectsAt(pod, 'volumes').filter(({ name }) => typeof name !== 'string' || !claims.includes(name));
  return { ...template, spec: { ...pod, volumes: [...own, ...volumes] } };
}

const JOB_RESTARTS = ['OnFailure', 'Never'];

/** A job's spec, also inside a CronJob; its selector and labels are the server's own. */
function jobSpecCauses(spec: JsonObject, field: string): Cause[] {
  const policy = textAt(spec, 'template', 'spec', 'restartPolicy') ?? 'Always';
  return [
    ...['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'].flatMap(
      (member) => notNegative(`${field}.${member}`, at(spec, member)),
    ),
    ...templateCauses(objectAt(spec, 'template'), `${field}.template`),
    ...(policy === 'Always'
      ? [required(`${field}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"')]
      : []),
    ...(policy === 'Always' ? [] : oneOf(`${field}.template.spec.restartPolicy`, policy, JOB_RESTARTS)),
  ];
}

export function jobCauses(object: KubeJson, old?: KubeJson): Cause[] {
  const spec = objectAt(object, 'spec') ?? {};
  const isSuspended = at(old, 'spec', 'suspend') === true && at(old, 'status', 'startTime') === undefined;
  const selects = old
    ? [...(objectAt(spec, 'selector') ? [] : [required('spec.selector')]), ...templateMatchCauses(spec)]
    : [];
  const fixed = ['completions', 'selector', ...(isSuspended ? [] : ['template']), 'completionMode'];
  return [
    ...jobSpecCauses(spec, 'spec'),
    ...selectorCauses(objectAt(spec, 'selector'), 'spec.selector'),
    ...selects,
    ...(old ? fixed.flatMap((member) => unchanged(`spec.${member}`, at(spec, member), at(old, 'spec', member))) : []),
  ];
}

const FIELD = /^(\*|\?|[\dA-Za-z]+(-[\dA-Za-z]+)?)(\/\d+)?(,(\*|[\dA-Za-z]+(-[\dA-Za-z]+)?)(\/\d+)?)*$/;
const MACRO = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \S+)$/;

function scheduleCauses(schedule: string): Cause[] {
  if (schedule === '') return [required('spec.schedule')];
  if (MACRO.test(schedule)) return [];
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== 5)
    return [
      wrong('spec.schedule', schedule, `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`),
    ];
  const bad = fields.find((part) => !FIELD.test(part));
  return bad === undefined ? [] : [wrong('spec.schedule', schedule, `failed to parse int from ${bad}`)];
}

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false; // RangeError for a name that is not in the zone database
  }
}

export function cronJobCauses(object: KubeJson): Cause[] {
  const spec = objectAt(object, 'spec') ?? {};
  const zone = textAt(spec, 'timeZone');
  return [
    ...scheduleCauses(textAt(spec, 'schedule') ?? ''),
    ...notNegative('spec.startingDeadlineSeconds', at(spec, 'startingDeadlineSeconds')),
    ...(zone === undefined || isTimeZone(zone) ? [] : [wrong('spec.timeZone', zone, `unknown time zone ${zone}`)]),
    ...oneOf('spec.concurrencyPolicy', at(spec, 'concurrencyPolicy'), ['Allow', 'Forbid', 'Replace']),
    ...notNegative('spec.successfulJobsHistoryLimit', at(spec, 'successfulJobsHistoryLimit')),
    ...notNegative('spec.failedJobsHistoryLimit', at(spec, 'failedJobsHistoryLimit')),
    ...jobSpecCauses(objectAt(spec, 'jobTemplate', 'spec') ?? {}, 'spec.jobTemplate.spec'),
    ...(object.metadata.name.length > 52
      ? [wrong('metadata.name', object.metadata.name, 'must be no more than 52 characters')]
      : []),
  ];
}

export function disruptionBudgetCauses(object: KubeJson): Cause[] {
  const spec = objectAt(object, 'spec') ?? {};
  const [min, max] = [at(spec, 'minAvailable'), at(spec, 'maxUnavailable')];
  return [
    ...(min !== undefined && max !== undefined
      ? [wrong('spec', spec, 'minAvailable and maxUnavailable cannot be both set')]
      : []),
    ...countOrPercent(min, 'spec.minAvailable'),
    ...notOver100(min, 'spec.minAvailable'),
    ...countOrPercent(max, 'spec.maxUnavailable'),
    ...notOver100(max, 'spec.maxUnavailable'),
    ...selectorCauses(objectAt(spec, 'selector'), 'spec.selector'),
  ];
}

export function autoscalerCauses(object: KubeJson): Cause[] {
  const spec = objectAt(object, 'spec') ?? {};
  const [min, max] = [at(spec, 'minReplicas') ?? 1, at(spec, 'maxReplicas') ?? 0];
  return [
    ...(Number(min) < 1 ? [wrong('spec.minReplicas', min, 'must be greater than or equal to 1')] : []),
    ...(Number(max) < 1 ? [wrong('spec.maxReplicas', max, 'must be greater than 0')] : []),
    ...(Number(max) < Number(min)
      ? [wrong('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`')]
      : []),
    ...['kind', 'name'].flatMap((member) =>
      textAt(spec, 'scaleTargetRef', member) ? [] : [required(`spec.scaleTargetRef.${member}`)],
    ),
    ...(textAt(spec, 'scaleTargetRef', 'apiVersion')
      ? []
      : [wrong('spec.scaleTargetRef.apiVersion', '', 'apiVersion must specify API group')]),
  ];
}
