import type { CheckResult } from './finding.ts';

/** Runs the checks on the world of now; implemented in `app.ts` from `world/` and `checks/`. */
export interface Audit {
  /** Results worst first: fail by severity, then unknown, then pass. `only` limits to these check ids. */
  run(options: { readonly only?: readonly string[]; readonly signal: AbortSignal }): Promise<readonly CheckResult[]>;
}
