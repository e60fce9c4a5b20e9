import type { ApplyStep } from '../case.ts';

/** No audit, no action. Throws `journal_not_writable`. */
export const writable: ApplyStep = {
  name: 'writable',
  check({ deps }) {
    deps.journal.demandWritable();
    return undefined;
  },
};
