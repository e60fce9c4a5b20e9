// One process of several that share a journal and a cluster: carries out one plan, and can be told where to die.
import { systemClock } from '../../../src/core/clock.ts';
import type { TracePoint } from '../../../src/guard/deps.ts';
import { callOf, openHouse, person } from '../../../src/guard/testing.ts';

export interface Work {
  readonly path: string;
  readonly clusterPath: string;
  /** Absent = it plans and applies by itself. */
  readonly planId?: string;
  readonly dieAt?: TracePoint | 'write:before' | 'write:after';
  readonly writeMs?: number;
  /** Freezes instead of applying. */
  readonly freezes?: boolean;
}

const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

const work = JSON.parse(process.argv[2] ?? '{}') as Work;
const { path, clusterPath, dieAt, writeMs = 0 } = work;
const house = openHouse({
  path,
  clusterPath,
  clock: systemClock,
  trace: (point) => {
    if (point === dieAt) die();
  },
});
house.cluster.onWrite = async () => {
  if (dieAt === 'write:before') die();
  await new Promise((resolve) => setTimeout(resolve, writeMs));
};
house.cluster.afterWrite = () => {
  if (dieAt === 'write:after') die();
};

if (work.freezes) {
  await house.gate.freeze(person, 'stop');
} else {
  const input = { namespace: 'media', name: 'web', replicas: 3 };
  const planId = work.planId ?? (await house.gate.propose({ action: 'fake_scale', input, reason: '' }, callOf())).id;
  // A line as soon as the plan is known, and one with its end.
  console.log(planId);
  console.log(JSON.stringify(await house.gate.apply({ planId, acknowledge: [] }, callOf())));
}
house.journal.close();
