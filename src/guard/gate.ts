import { configError } from '../core/errors.ts';
import type { Gate, Operator } from '../core/gate.ts';
import { apply } from './apply/apply.ts';
import { DEFAULT_TIMING, type GateDeps, type GateParts } from './deps.ts';
import { createOperator } from './operator.ts';
import { propose } from './propose/propose.ts';
import { showPlan } from './show.ts';

/**
 * The one road to a change. Throws `config` `action_twice | client_missing` for a list of actions that cannot work.
 * Call `recover` once after the start: it closes what a crash left open.
 */
export function createGate(deps: GateDeps): Gate & Operator {
  demandSound(deps);
  const parts: GateParts = { ...deps, ms: { ...DEFAULT_TIMING, ...deps.timing }, running: new Set() };
  return {
    propose: (request, ctx) => propose(parts, request, ctx),
    apply: (request, ctx) => apply(parts, request, ctx),
    show: async (planId, session) => showPlan(parts, planId, session),
    ...createOperator(parts),
  };
}

function demandSound({ actions, readClients, writeClients }: GateDeps): void {
  const names = new Set<string>();
  for (const { name, needs } of actions) {
    if (names.has(name))
      throw configError(
        'action_twice',
        `Unable to start: there are two actions ${name}.`,
        'Take one out of its toolset.',
      );
    names.add(name);
    const missing = needs.find((need) => !Object.hasOwn(readClients, need) || !Object.hasOwn(writeClients, need));
    if (missing !== undefined)
      throw configError(
        'client_missing',
        `Unable to start: ${name} needs "${missing}".`,
        'Leave out the toolset, or configure the system.',
      );
  }
}
