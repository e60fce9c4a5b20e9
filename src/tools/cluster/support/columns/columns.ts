import type { KubeKind, KubeObject } from '../../../../clients/kubernetes/contract.ts';
import { listAt, textAt } from '../json.ts';
import { resourceColumns } from './resources.ts';
import { born, type Columns, type ColumnsByKind, condition, isGoing } from './support.ts';
import { workloadColumns } from './workloads.ts';

const BY_KIND: ColumnsByKind = { ...workloadColumns, ...resourceColumns };

export const columnsOf = ({ group, kind }: Pick<KubeKind, 'group' | 'kind'>): Columns => {
  const own = BY_KIND[kind];
  return own !== undefined && own.group === group ? own : GENERIC;
};

/** Kinds we know nothing about: the condition that most of them have. */
const GENERIC: Columns = {
  titles: ['state', 'age'],
  cells: (object, now) => [genericState(object), born(object, now)],
  isAbnormal: (object) =>
    isGoing(object) || ['Ready', 'Available', 'Healthy'].some((type) => condition(object, type) === 'False'),
};

function genericState(object: KubeObject): string {
  if (isGoing(object)) return 'Terminating';
  for (const type of ['Ready', 'Available', 'Healthy']) {
    const found = listAt(object, 'status', 'conditions').find((one) => one['type'] === type);
    if (found !== undefined)
      return textAt(found, 'status') === 'True'
        ? type
        : `${type}=${textAt(found, 'status') ?? '?'} ${textAt(found, 'reason') ?? ''}`.trim();
  }
  return textAt(object, 'status', 'phase') ?? '-';
}
