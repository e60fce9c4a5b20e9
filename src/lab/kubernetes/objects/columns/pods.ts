import type { JsonObject, KubeJson } from '../../json.ts';
import { ageOf } from '../duration.ts';
import { at, objectAt, objectsAt, textAt } from '../json.ts';
import { AGE, type Column, conditionStatus, count, NAME, text, textOr, wide } from './column.ts';

/** What the table says of a pod, worked out once from its container statuses. */
interface PodState {
  readonly reason: string;
  readonly ready: number;
  readonly total: number;
  readonly restarts: number;
  /** RFC 3339, of the last restart; '' when none is known. */
  readonly lastRestart: string;
}

const later = (a: string, b: string | undefined): string =>
  b !== undefined && Date.parse(b) > (Date.parse(a) || 0) ? b : a;

const finishedAt = (status: JsonObject): string | undefined => textAt(status, 'lastState', 'terminated', 'finishedAt');

function exitReason(terminated: JsonObject): string {
  const signal = count(terminated, 'signal');
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${count(terminated, 'exitCode')}`;
}

interface InitState {
  readonly reason: string | undefined;
  readonly ready: number;
  readonly restarts: number;
  readonly lastRestart: string;
  readonly sidecarRestarts: number;
  readonly lastSidecarRestart: string;
}

function initState(pod: KubeJson, sidecars: ReadonlySet<string | undefined>): InitState {
  const state = { ready: 0, restarts: 0, lastRestart: '', sidecarRestarts: 0, lastSidecarRestart: '' };
  const total = objectsAt(pod, 'spec', 'initContainers').length;
  for (const [index, status] of objectsAt(pod, 'status', 'initContainerStatuses').entries()) {
    const isSidecar = sidecars.has(textAt(status, 'name'));
    state.restarts += count(status, 'restartCount');
    state.lastRestart = later(state.lastRestart, finishedAt(status));
    if (isSidecar) {
      state.sidecarRestarts += count(status, 'restartCount');
      state.lastSidecarRestart = later(state.lastSidecarRestart, finishedAt(status));
    }
    const terminated = objectAt(status, 'state', 'terminated');
    if (terminated && count(terminated, 'exitCode') === 0) continue;
    if (isSidecar && at(status, 'started') === true) state.ready += at(status, 'ready') === true ? 1 : 0;
    else return { ...state, reason: initReason(status, terminated, index, total) };
  }
  return { ...state, reason: undefined };
}

function initReason(status: JsonObject, terminated: JsonObject | undefined, index: number, total: number): string {
  if (terminated) return `Init:${textOr(terminated, exitReason(terminated), 'reason')}`;
  const waiting = textAt(status, 'state', 'waiting', 'reason');
  return waiting && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${total}`;
}

function containerReason(status: JsonObject): string | undefined {
  const waiting = textAt(status, 'state', 'waiting', 'reason');
  if (waiting) return waiting;
  const terminated = objectAt(status, 'state', 'terminated');
  return terminated && textOr(terminated, exitReason(terminated), 'reason');
}

/** The same walk over statuses as the real server's table printer. */
function podState(pod: KubeJson): PodState {
  const sidecars = new Set(
    objectsAt(pod, 'spec', 'initContainers')
      .filter((container) => at(container, 'restartPolicy') === 'Always')
      .map((container) => textAt(container, 'name')),
  );
  const init = initState(pod, sidecars);
  const total = objectsAt(pod, 'spec', 'containers').length + sidecars.size;
  const gated = objectsAt(pod, 'status', 'conditions').some(
    (condition) => at(condition, 'type') === 'PodScheduled' && at(condition, 'reason') === 'SchedulingGated',
  );
  const phase = gated ? 'SchedulingGated' : textOr(pod, textOr(pod, '', 'status', 'phase'), 'status', 'reason');
  if (init.reason !== undefined && conditionStatus(pod, 'Initialized') !== 'True')
    return { ...init, reason: terminating(pod, init.reason), total };
  return { ...containersState(pod, phase, init), total };
}

function containersState(pod: KubeJson, phase: string, init: InitState): Omit<PodState, 'total'> {
  const statuses = objectsAt(pod, 'status', 'containerStatuses');
  const running = statuses.filter(
    (status) => !containerReason(status) && at(status, 'ready') === true && objectAt(status, 'state', 'running'),
  );
  const reasons = statuses.map(containerReason).filter((reason) => reason !== undefined);
  const reason = reasons[0] ?? init.reason ?? phase;
  const stillUp = reason === 'Completed' && running.length > 0;
  const readiness = conditionStatus(pod, 'Ready') === 'True' ? 'Running' : 'NotReady';
  return {
    reason: terminating(pod, stillUp ? readiness : reason),
    ready: init.ready + running.length,
    restarts: statuses.reduce((sum, status) => sum + count(status, 'restartCount'), init.sidecarRestarts),
    lastRestart: statuses.reduce((last, status) => later(last, finishedAt(status)), init.lastSidecarRestart),
  };
}

function terminating(pod: KubeJson, reason: string): string {
  if (pod.metadata.deletionTimestamp === undefined) return reason;
  if (at(pod, 'status', 'reason') === 'NodeLost') return 'Unknown';
  return ['Succeeded', 'Failed'].includes(textOr(pod, '', 'status', 'phase')) ? reason : 'Terminating';
}

/** The STATUS that `kubectl get pods` shows: CrashLoopBackOff, Completed, Terminating, Init:0/1 ... */
export const podStatusText = (pod: KubeJson): string => podState(pod).reason;

function restartsText(pod: KubeJson, now: Date): string {
  const { restarts, lastRestart } = podState(pod);
  return restarts !== 0 && lastRestart !== '' ? `${restarts} (${ageOf(lastRestart, now)} ago)` : String(restarts);
}

function gatesText(pod: KubeJson): string {
  const gates = objectsAt(pod, 'spec', 'readinessGates');
  const met = gates.filter((gate) => conditionStatus(pod, textOr(gate, '', 'conditionType')) === 'True');
  return gates.length === 0 ? '<none>' : `${met.length}/${gates.length}`;
}

export const POD_COLUMNS: readonly Column[] = [
  NAME,
  text('Ready', (pod) => `${podState(pod).ready}/${podState(pod).total}`),
  text('Status', podStatusText),
  text('Restarts', restartsText),
  AGE,
  wide(text('IP', (pod) => textOr(objectsAt(pod, 'status', 'podIPs')[0], '<none>', 'ip'))),
  wide(text('Node', (pod) => textOr(pod, '<none>', 'spec', 'nodeName'))),
  wide(text('Nominated Node', (pod) => textOr(pod, '<none>', 'status', 'nominatedNodeName'))),
  wide(text('Readiness Gates', gatesText)),
];
