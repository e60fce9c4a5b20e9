import type { JsonObject } from '../../json.ts';
import { objectAt, textAt } from '../json.ts';
import { child, each, fill, within } from './fill.ts';
import { podSpecDefaults } from './pod.ts';

const TEMPLATE = ['template', 'spec'];

export function deploymentDefaults(deployment: JsonObject): void {
  const spec = child(deployment, 'spec');
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = child(spec, 'strategy');
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy['type'] === 'RollingUpdate')
    fill(child(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
  within(spec, TEMPLATE, podSpecDefaults);
}

export function replicaSetDefaults(set: JsonObject): void {
  const spec = child(set, 'spec');
  fill(spec, { replicas: 1 });
  within(spec, TEMPLATE, podSpecDefaults);
}

/** A ReplicationController selects its template's labels unless told otherwise. */
export function replicationControllerDefaults(controller: JsonObject): void {
  replicaSetDefaults(controller);
  const labels = objectAt(controller, 'spec', 'template', 'metadata', 'labels');
  if (labels) fill(child(controller, 'spec'), { selector: labels });
  if (labels) fill(child(controller, 'metadata'), { labels });
}

export function daemonSetDefaults(set: JsonObject): void {
  const spec = child(set, 'spec');
  fill(spec, { revisionHistoryLimit: 10 });
  const strategy = child(spec, 'updateStrategy');
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy['type'] === 'RollingUpdate') fill(child(strategy, 'rollingUpdate'), { maxUnavailable: 1, maxSurge: 0 });
  within(spec, TEMPLATE, podSpecDefaults);
}

export function statefulSetDefaults(set: JsonObject): void {
  const spec = child(set, 'spec');
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, podManagementPolicy: 'OrderedReady' });
  fill(child(spec, 'persistentVolumeClaimRetentionPolicy'), { whenDeleted: 'Retain', whenScaled: 'Retain' });
  const strategy = child(spec, 'updateStrategy');
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy['type'] === 'RollingUpdate') fill(child(strategy, 'rollingUpdate'), { partition: 0 });
  within(spec, TEMPLATE, podSpecDefaults);
  each(spec, ['volumeClaimTemplates'], (claim) => {
    fill(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' });
    fill(child(claim, 'spec'), { volumeMode: 'Filesystem' });
    fill(child(claim, 'status'), { phase: 'Pending' });
  });
}

export function jobDefaults(job: JsonObject): void {
  const spec = child(job, 'spec');
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) fill(spec, { completions: 1 });
  const perIndex = spec['backoffLimitPerIndex'] !== undefined;
  fill(spec, {
    parallelism: 1,
    backoffLimit: perIndex ? 2_147_483_647 : 6,
    completionMode: 'NonIndexed',
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed',
  });
  const labels = objectAt(spec, 'template', 'metadata', 'labels');
  if (labels && Object.keys(labels).length > 0) fill(child(job, 'metadata'), { labels });
  within(spec, TEMPLATE, podSpecDefaults);
}

/** The job inside gets its own defaults only when it is made. */
export function cronJobDefaults(job: JsonObject): void {
  const spec = child(job, 'spec');
  fill(spec, {
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  });
  within(spec, ['jobTemplate', 'spec', ...TEMPLATE], podSpecDefaults);
}

export function autoscalerDefaults(autoscaler: JsonObject): void {
  fill(child(autoscaler, 'spec'), {
    minReplicas: 1,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
  });
}

export function definitionDefaults(definition: JsonObject): void {
  const spec = child(definition, 'spec');
  fill(child(spec, 'conversion'), { strategy: 'None' });
  const kind = textAt(spec, 'names', 'kind');
  if (kind) fill(child(spec, 'names'), { singular: kind.toLowerCase(), listKind: `${kind}List` });
}
