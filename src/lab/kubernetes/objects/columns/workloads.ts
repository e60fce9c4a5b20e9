import type { JsonObject, KubeJson } from '../../json.ts';
import { ageOf, humanDuration } from '../duration.ts';
import { at, listAt, numberAt, objectAt, objectsAt, textAt } from '../json.ts';
import { selectorText } from '../selector.ts';
import {
  AGE,
  type Column,
  conditionStatus,
  count,
  integer,
  labelsText,
  NAME,
  SELECTOR,
  TEMPLATE,
  templateColumns,
  text,
  textOr,
  wide,
  yesNo,
} from './column.ts';

const status = (name: string, field: string): Column => integer(name, (object) => count(object, 'status', field));

const readyOf = text(
  'Ready',
  (object) => `${count(object, 'status', 'readyReplicas')}/${count(object, 'spec', 'replicas')}`,
);

const desired = integer('Desired', (object) => count(object, 'spec', 'replicas'));

export const DEPLOYMENT_COLUMNS: readonly Column[] = [
  NAME,
  readyOf,
  text('Up-to-date', (object) => count(object, 'status', 'updatedReplicas')),
  text('Available', (object) => count(object, 'status', 'availableReplicas')),
  AGE,
  ...templateColumns(...TEMPLATE),
  SELECTOR,
];

export const REPLICA_SET_COLUMNS: readonly Column[] = [
  NAME,
  desired,
  status('Current', 'replicas'),
  status('Ready', 'readyReplicas'),
  AGE,
  ...templateColumns(...TEMPLATE),
  SELECTOR,
];

export const REPLICATION_CONTROLLER_COLUMNS: readonly Column[] = [
  ...REPLICA_SET_COLUMNS.slice(0, -1),
  wide(text('Selector', (object) => labelsText(objectAt(object, 'spec', 'selector')))),
];

export const STATEFUL_SET_COLUMNS: readonly Column[] = [NAME, readyOf, AGE, ...templateColumns(...TEMPLATE)];

export const DAEMON_SET_COLUMNS: readonly Column[] = [
  NAME,
  status('Desired', 'desiredNumberScheduled'),
  status('Current', 'currentNumberScheduled'),
  status('Ready', 'numberReady'),
  status('Up-to-date', 'updatedNumberScheduled'),
  status('Available', 'numberAvailable'),
  text('Node Selector', (object) => labelsText(objectAt(object, ...TEMPLATE, 'nodeSelector'))),
  AGE,
  ...templateColumns(...TEMPLATE),
  SELECTOR,
];

const JOB_STATES: readonly (readonly [condition: string, text: string])[] = [
  ['Complete', 'Complete'],
  ['Failed', 'Failed'],
];
const JOB_STATES_LATER: readonly (readonly [condition: string, text: string])[] = [
  ['Suspended', 'Suspended'],
  ['FailureTarget', 'FailureTarget'],
  ['SuccessCriteriaMet', 'SuccessCriteriaMet'],
];

function jobStatus(job: KubeJson): string {
  const met = ([condition]: readonly [string, string]): boolean => conditionStatus(job, condition) === 'True';
  const ended = JOB_STATES.find(met);
  if (ended) return ended[1];
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return JOB_STATES_LATER.find(met)?.[1] ?? 'Running';
}

function completions(job: KubeJson): string {
  const succeeded = count(job, 'status', 'succeeded');
  const wanted = numberAt(job, 'spec', 'completions');
  if (wanted !== undefined) return `${succeeded}/${wanted}`;
  const parallelism = count(job, 'spec', 'parallelism');
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(job: KubeJson, now: Date): string {
  const start = textAt(job, 'status', 'startTime');
  const end = textAt(job, 'status', 'completionTime');
  return start === undefined ? '' : humanDuration((end === undefined ? +now : Date.parse(end)) - Date.parse(start));
}

export const JOB_COLUMNS: readonly Column[] = [
  NAME,
  text('Status', jobStatus),
  text('Completions', completions),
  text('Duration', jobDuration),
  AGE,
  ...templateColumns(...TEMPLATE),
  SELECTOR,
];

function lastSchedule(job: KubeJson, now: Date): string {
  const time = textAt(job, 'status', 'lastScheduleTime');
  return time === undefined ? '<none>' : ageOf(time, now);
}

export const CRON_JOB_COLUMNS: readonly Column[] = [
  NAME,
  text('Schedule', (job) => textOr(job, '', 'spec', 'schedule')),
  text('Timezone', (job) => textOr(job, '<none>', 'spec', 'timeZone')),
  yesNo('Suspend', (job) => (at(job, 'spec', 'suspend') === true ? 'True' : 'False')),
  integer('Active', (job) => listAt(job, 'status', 'active').length),
  text('Last Schedule', lastSchedule),
  AGE,
  ...templateColumns('spec', 'jobTemplate', ...TEMPLATE),
  wide(text('Selector', (job) => selectorText(objectAt(job, 'spec', 'jobTemplate', 'spec', 'selector')))),
];

export const CONTROLLER_REVISION_COLUMNS: readonly Column[] = [
  NAME,
  text('Controller', ({ metadata }) => {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (!owner) return '<none>';
    const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0] ?? ''}` : '';
    return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
  }),
  text('Revision', (revision) => count(revision, 'revision')),
  AGE,
];

export const POD_TEMPLATE_COLUMNS: readonly Column[] = [
  NAME,
  ...templateColumns('template', 'spec').map(({ wide: _wide, ...column }): Column => column),
  text('Pod Labels', (object) => labelsText(objectAt(object, 'template', 'metadata', 'labels'))),
];

function metricText(spec: JsonObject, current: JsonObject | undefined): string {
  const resource = textOr(spec, '', 'resource', 'name');
  const target = numberAt(spec, 'resource', 'target', 'averageUtilization');
  if (target === undefined) return '<unknown>/<auto>';
  const now = numberAt(current, 'resource', 'current', 'averageUtilization');
  return `${resource}: ${now === undefined ? '<unknown>' : `${now}%`}/${target}%`;
}

export const AUTOSCALER_COLUMNS: readonly Column[] = [
  NAME,
  text('Reference', (object) => {
    const target = objectAt(object, 'spec', 'scaleTargetRef');
    return `${textOr(target, '', 'kind')}/${textOr(target, '', 'name')}`;
  }),
  text('Targets', (object) => {
    const now = objectsAt(object, 'status', 'currentMetrics');
    const metrics = objectsAt(object, 'spec', 'metrics').map((spec, index) => metricText(spec, now[index]));
    return metrics.slice(0, 2).join(', ') + (metrics.length > 2 ? ` + ${metrics.length - 2} more...` : '') || '<none>';
  }),
  text('MinPods', (object) => numberAt(object, 'spec', 'minReplicas')?.toString() ?? '<unset>'),
  text('MaxPods', (object) => count(object, 'spec', 'maxReplicas')),
  text('Replicas', (object) => count(object, 'status', 'currentReplicas')),
  AGE,
];
