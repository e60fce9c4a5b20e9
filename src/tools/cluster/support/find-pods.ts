import type { KubeObject, KubernetesReader } from '../../../clients/kubernetes/contract.ts';
import { inputError, notFound } from '../../../core/errors.ts';
import { nearest } from '../../../core/near.ts';
import { listAt, textAt } from './json.ts';
import { ownedBy } from './owned.ts';
import { podState } from './pod-state.ts';

const WORKLOADS: readonly string[] = [
  'Deployment.apps',
  'StatefulSet.apps',
  'DaemonSet.apps',
  'CronJob.batch',
  'Job.batch',
];

/**
 * The pods that a name means: a pod, `kind/name`, or the name of a workload; those that are not healthy first, then the youngest.
 * Errors: `not_found` `no_such_workload` (names near ones), `no_pods`.
 */
export async function findPods(
  kubernetes: KubernetesReader,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const pods = await kubernetes.listAll(await kubernetes.kind('v1/Pod', signal), { namespace }, signal);
  const [kindName, bare] = name.includes('/')
    ? [name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/') + 1)]
    : [undefined, name];
  const exact = pods.find((pod) => pod.metadata.name === bare);
  if (exact !== undefined && (kindName === undefined || /^po(?:ds?)?$/i.test(kindName))) return [exact];
  const owner = await findOwner(kubernetes, namespace, bare, kindName, signal);
  if (owner === undefined) throw noSuch(namespace, name, pods);
  const owned = (await ownedBy(kubernetes, owner, signal))
    .filter(({ kind }) => kind.kind === 'Pod')
    .map(({ object }) => object);
  if (owned.length === 0)
    throw notFound(
      'no_pods',
      `Unable to find a pod of ${owner.kind} ${namespace}/${bare}: it has none now.`,
      'cluster_diagnose tells why a workload has no pods.',
    );
  return owned.toSorted((a, b) => Number(podState(a).healthy) - Number(podState(b).healthy) || born(b) - born(a));
}

const born = (pod: KubeObject): number => Date.parse(textAt(pod, 'metadata', 'creationTimestamp') ?? '') || 0;

async function findOwner(
  kubernetes: KubernetesReader,
  namespace: string,
  name: string,
  kindName: string | undefined,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  for (const one of kindName === undefined ? WORKLOADS : [kindName]) {
    const kind = await kubernetes.kind(one, signal);
    const found = (await kubernetes.listAll(kind, { namespace, fieldSelector: `metadata.name=${name}` }, signal)).find(
      ({ metadata }) => metadata.name === name,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function noSuch(namespace: string, name: string, pods: readonly KubeObject[]): Error {
  const near = nearest(
    name,
    pods.map(({ metadata }) => metadata.name),
  );
  return notFound(
    'no_such_workload',
    `Unable to find "${name}" in namespace ${namespace}: there is no pod or workload of this name.`,
    near.length > 0
      ? `Near: ${near.join(', ')}.`
      : pods.length === 0
        ? 'This namespace has no pods: check its name.'
        : 'cluster_list shows what is there.',
  );
}

/** The container to read when none is named: one that is not ready, else the first. Errors: `unknown_container`. */
export function chooseContainer(pod: KubeObject, wanted: string | undefined): string | undefined {
  const names = [...listAt(pod, 'spec', 'containers'), ...listAt(pod, 'spec', 'initContainers')].flatMap(
    (one) => textAt(one, 'name') ?? [],
  );
  if (wanted !== undefined) {
    if (names.includes(wanted)) return wanted;
    throw inputError(
      'unknown_container',
      `Unable to read the logs: Pod ${pod.metadata.name} has no container "${wanted}".`,
      `Containers: ${names.join(', ')}.`,
    );
  }
  const failedInit = listAt(pod, 'status', 'initContainerStatuses').find(
    (one) => one['ready'] !== true && textAt(one, 'restartPolicy') !== 'Always',
  );
  const unready = listAt(pod, 'status', 'containerStatuses').find((one) => one['ready'] !== true);
  return textAt(failedInit, 'name') ?? textAt(unready, 'name') ?? names[0];
}
