import type { Case } from './case.ts';
import type { Cause, Rule } from './cause.ts';
import {
  audited,
  cannotSchedule,
  claimsMissing,
  evicted,
  nodeDown,
  noEndpoints,
  paused,
  refusedPods,
  stopped,
  volumesFail,
} from './causes-around.ts';
import {
  badConfig,
  badImage,
  crashing,
  failingProbe,
  oneArchitectureFails,
  outOfMemory,
  wrongArchitecture,
} from './causes-inside.ts';

const MAX_CAUSES = 5;

/** All causes that the facts point to, the likeliest first. Fixed rules: the same facts give the same answer. */
export function causesOf(seen: Case): readonly Cause[] {
  return RULES.flatMap((rule) => rule(seen))
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, MAX_CAUSES);
}

const RULES: readonly Rule[] = [
  nodeDown,
  wrongArchitecture,
  oneArchitectureFails,
  refusedPods,
  claimsMissing,
  outOfMemory,
  badImage,
  badConfig,
  cannotSchedule,
  volumesFail,
  crashing,
  failingProbe,
  evicted,
  noEndpoints,
  paused,
  stopped,
  audited,
];
