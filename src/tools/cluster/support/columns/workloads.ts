import type { KubeObject } from '../../../../clients/kubernetes/contract.ts';
import { age } from '../age.ts';
import { at, listAt, numberAt, textAt } from '../json.ts';
import { podState } from '../pod-state.ts';
import { born, type Columns, type ColumnsByKind, isGoing, number, text } from './support.ts';

const replicas = (object: KubeObject, wanted: number, ready: string): { ready: string; short: boolean } => {
  const is = number(object, 'status', ready);
  return { ready: `${is}/${wanted}`, short: is < wanted || isGoing(object) };
};

const wantedOf = (object: KubeObject): number => numberAt(object, 'spec', 'replicas') ?? 1;

const scalable = (ready: string): Columns & { group: string } => ({
  group: 'apps',
  titles: ['ready', 'images', 'age'],
  cells: (object, now) => [replicas(object, wantedOf(object), ready).ready, imagesOf(object), born(object, now)],
  isAbnormal: (object) => replicas(object, wantedOf(object), ready).short,
});

const imagesOf = (object: KubeObject): string =>
  listAt(object, 'spec', 'template', 'spec', 'containers')
    .map((container) =>
      (textAt(container, 'image') ?? '-')
        .replace(/^(?:docker\.io\/)?(?:library\/)?/, '')
        .replace(/@sha256:[0-9a-f]+$/, ''),
    )
    .join(', ');

const jobState = (job: KubeObject): string => {
  const done = listAt(job, 'status', 'conditions').find(
    (one) => one['status'] === 'True' && ['Complete', 'Failed', 'Suspended'].includes(textAt(one, 'type') ?? ''),
  );
  return textAt(done, 'type') ?? 'Running';
};

const countOrPercent = (budget: KubeObject, field: string): string =>
  textAt(budget, 'spec', field) ?? numberAt(budget, 'spec', field)?.toString() ?? '-';

/** What runs, and what keeps it running. */
export const workloadColumns: ColumnsByKind = {
  Pod: {
    group: '',
    titles: ['ready', 'status', 'restarts', 'age', 'node'],
    cells: (pod, now) => {
      const { ready, status, restarts, node } = podState(pod);
      return [ready, status, String(restarts), born(pod, now), node];
    },
    isAbnormal: (pod) => !podState(pod).healthy,
  },
  Deployment: scalable('availableReplicas'),
  StatefulSet: scalable('readyReplicas'),
  ReplicaSet: scalable('readyReplicas'),
  DaemonSet: {
    group: 'apps',
    titles: ['ready', 'images', 'age'],
    cells: (set, now) => [
      replicas(set, number(set, 'status', 'desiredNumberScheduled'), 'numberReady').ready,
      imagesOf(set),
      born(set, now),
    ],
    isAbnormal: (set) => replicas(set, number(set, 'status', 'desiredNumberScheduled'), 'numberReady').short,
  },
  Job: {
    group: 'batch',
    titles: ['state', 'done', 'age'],
    cells: (job, now) => [
      jobState(job),
      `${number(job, 'status', 'succeeded')}/${numberAt(job, 'spec', 'completions') ?? 1}`,
      born(job, now),
    ],
    isAbnormal: (job) => jobState(job) === 'Failed',
  },
  CronJob: {
    group: 'batch',
    titles: ['schedule', 'suspended', 'last', 'last success', 'age'],
    cells: (job, now) => [
      text(job, 'spec', 'schedule'),
      at(job, 'spec', 'suspend') === true ? 'yes' : 'no',
      age(textAt(job, 'status', 'lastScheduleTime'), now),
      age(textAt(job, 'status', 'lastSuccessfulTime'), now),
      born(job, now),
    ],
    isAbnormal: (job) => {
      const [last, success] = [textAt(job, 'status', 'lastScheduleTime'), textAt(job, 'status', 'lastSuccessfulTime')];
      return (
        last !== undefined && listAt(job, 'status', 'active').length === 0 && (success === undefined || success < last)
      );
    },
  },
  PodDisruptionBudget: {
    group: 'policy',
    titles: ['min available', 'max unavailable', 'allowed now', 'age'],
    cells: (budget, now) => [
      countOrPercent(budget, 'minAvailable'),
      countOrPercent(budget, 'maxUnavailable'),
      String(number(budget, 'status', 'disruptionsAllowed')),
      born(budget, now),
    ],
    isAbnormal: (budget) => number(budget, 'status', 'disruptionsAllowed') === 0,
  },
};
