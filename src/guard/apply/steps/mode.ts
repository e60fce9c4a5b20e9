import type { ApplyStep } from '../case.ts';

export const mode: ApplyStep = {
  name: 'mode',
  check: ({ deps }) =>
    deps.policy.mode === 'observe'
      ? {
          code: 'mode_observe',
          reason: 'The server only observes: plans are made and never applied.',
          next: 'A person may set the mode to assist or operate, or carry the plan out by hand.',
        }
      : undefined,
};
