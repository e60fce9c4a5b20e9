import { inputError } from '../../core/errors.ts';
import type { IdRange } from './contract.ts';

/** Throws `input` `id_out_of_range`: other ids belong to other people or programs. */
export function demandOwnId(vmid: number, range: IdRange | undefined, cluster: string): void {
  if (range === undefined || (vmid >= range.from && vmid <= range.to)) return;
  throw inputError(
    'id_out_of_range',
    `Unable to make guest ${vmid} in ${cluster}: new guests get ids from ${range.from} to ${range.to}.`,
    'Choose a free id of that range; the range is ownIds in the configuration.',
  );
}
