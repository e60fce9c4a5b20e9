import type { CycleRequest } from '../../../src/clients/power/contract.ts';

export const signal = (): AbortSignal => AbortSignal.timeout(20_000);

/** A cycle that may be done, without a pause. */
export const requestOf = (more: Partial<CycleRequest> = {}): CycleRequest => ({
  offSeconds: 0,
  demandRight: () => undefined,
  signal: signal(),
  progress: () => undefined,
  ...more,
});
