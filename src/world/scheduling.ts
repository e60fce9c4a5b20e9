import type { Node, Taint } from './kubernetes/cluster.ts';
import type { Container, NodeSelector, Pod, PodSpec, Toleration } from './kubernetes/pod.ts';
import { hasLabels, meets } from './labels.ts';
import { parseQuantity } from './quantity.ts';
import { isTerminal } from './relations.ts';

/** Resource name -> cores, bytes or count; `pods` counts the pod itself. */
export type Amounts = Readonly<Record<string, number>>;

export type Fit = { readonly fits: true } | { readonly fits: false; readonly reason: string };

const FITS: Fit = { fits: true };
const no = (reason: string): Fit => ({ fits: false, reason });

/** Whether the scheduler could put this pod on this node beside the pods that are there. Preferences are ignored. */
export function fits(spec: PodSpec, node: Node, podsOnNode: readonly Pod[]): Fit {
  const admitted = admits(spec, node);
  return admitted.fits ? hasRoom(requestsOf(spec), freeOn(node, podsOnNode)) : admitted;
}

/** Whether the node lets the pod in at all: cordon, taints, node selector, required node affinity; room is not asked. */
export function admits(spec: PodSpec, node: Node): Fit {
  const { labels, name } = node.metadata;
  if (node.spec.unschedulable && !tolerates(spec.tolerations, UNSCHEDULABLE)) return no('is cordoned');
  const taint = node.spec.taints.find((each) => isHard(each) && !tolerates(spec.tolerations, each));
  if (taint !== undefined) return no(`has the taint ${taintText(taint)}`);
  if (!hasLabels(labels, spec.nodeSelector)) return no('does not match the nodeSelector');
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required !== undefined && !matchesNode(required, labels, name)) return no('does not match the node affinity');
  return FITS;
}

const UNSCHEDULABLE = { key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' };

export const isHard = ({ effect }: Pick<Taint, 'effect'>): boolean => effect === 'NoSchedule' || effect === 'NoExecute';

export const taintText = ({ key, value, effect }: Pick<Taint, 'key' | 'value' | 'effect'>): string =>
  `${key}${value === '' ? '' : `=${value}`}:${effect}`;

export const tolerates = (
  tolerations: readonly Toleration[],
  taint: Pick<Taint, 'key' | 'value' | 'effect'>,
): boolean =>
  tolerations.some(
    ({ key, operator, value, effect }) =>
      (effect === undefined || effect === '' || effect === taint.effect) &&
      (key === undefined || key === '' ? operator === 'Exists' : key === taint.key) &&
      (operator === 'Exists' || value === taint.value),
  );

/** Terms are alternatives; an empty term matches nothing. */
export const matchesNode = (selector: NodeSelector, labels: Readonly<Record<string, string>>, name: string): boolean =>
  selector.nodeSelectorTerms.some(
    ({ matchExpressions, matchFields }) =>
      matchExpressions.length + matchFields.length > 0 &&
      matchExpressions.every((each) => meets(labels, each)) &&
      matchFields.every((each) => meets({ 'metadata.name': name }, each)),
  );

/** What the scheduler counts for a pod: containers and sidecars together, or the largest init step if that is more. */
export function requestsOf(spec: PodSpec): Amounts {
  const total: Record<string, number> = { pods: 1 };
  for (const container of spec.containers) add(total, requests(container));
  const sidecars: Record<string, number> = {};
  const peak: Record<string, number> = {};
  for (const container of spec.initContainers) {
    const step: Record<string, number> = { ...sidecars };
    add(step, requests(container));
    if (container.restartPolicy === 'Always') add(sidecars, requests(container));
    for (const name in step) peak[name] = Math.max(peak[name] ?? 0, step[name] ?? 0);
  }
  add(total, sidecars);
  for (const name in peak) total[name] = Math.max(total[name] ?? 0, peak[name] ?? 0);
  return total;
}

function requests({ resources }: Container): Record<string, number> {
  const found: Record<string, number> = {};
  // a limit without a request is a request
  for (const [name, amount] of Object.entries({ ...resources?.limits, ...resources?.requests }))
    found[name] = parseQuantity(amount) ?? 0;
  return found;
}

function add(total: Record<string, number>, more: Amounts): void {
  for (const name in more) total[name] = (total[name] ?? 0) + (more[name] ?? 0);
}

/** What is left of a node's allocatable; finished pods take nothing. */
export function freeOn(node: Node, pods: readonly Pod[]): Record<string, number> {
  const free: Record<string, number> = {};
  for (const [name, amount] of Object.entries(node.status.allocatable)) free[name] = parseQuantity(amount) ?? 0;
  for (const pod of pods) if (!isTerminal(pod)) take(free, requestsOf(pod.spec));
  return free;
}

export function take(free: Record<string, number>, amounts: Amounts): void {
  for (const name in amounts) if (name in free) free[name] = (free[name] ?? 0) - (amounts[name] ?? 0);
}

/** A node that states no cpu or memory at all is not judged by them; any other resource must be there. */
export function hasRoom(wanted: Amounts, free: Amounts): Fit {
  for (const name in wanted) {
    const amount = wanted[name] ?? 0;
    const left = free[name] ?? (COMMON.has(name) ? Number.POSITIVE_INFINITY : 0);
    if (amount > 0 && amount > left + 1e-9) return no(`has too little ${name}`);
  }
  return FITS;
}

const COMMON = new Set(['cpu', 'memory', 'pods', 'ephemeral-storage']);

export const isSchedulable = ({ spec }: Node): boolean => !spec.unschedulable;

export const isReady = ({ status }: Node): boolean =>
  status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');

export const isPodReady = ({ status, metadata }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
