import type { JsonObject, KubeJson } from '../../json.ts';
import { at, objectAt, textAt } from '../json.ts';
import { type Cause, notNegative, oneOf, required, unchanged, wrong } from './causes.ts';
import { selectorCauses, templateMatchCauses } from './selectors.ts';
import { templateCauses } from './template.ts';

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
