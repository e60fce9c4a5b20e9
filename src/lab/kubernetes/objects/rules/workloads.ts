import type { JsonObject, KubeJson } from '../../json.ts';
import { at, objectAt, objectsAt, textAt } from '../json.ts';
import { type Cause, forbiddenField, notNegative, required, unchanged, unsupported, wrong } from './causes.ts';
import { countOrPercent, isZero, notOver100 } from './counts.ts';
import { selectorCauses, templateMatchCauses, workloadSelectorCauses } from './selectors.ts';
import { claimSpecCauses } from './storage.ts';
import { templateCauses } from './template.ts';

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
