import { askHere, type DecideStep, pass } from '../case.ts';

/** `assist` asks for every change. `observe` refuses when a plan is applied, so that plans still show what would be decided. */
export const mode: DecideStep = {
  name: 'mode',
  check: ({ policy }) =>
    policy.mode === 'assist' ? askHere('mode_assist', 'In this mode every change is asked.') : pass,
};
