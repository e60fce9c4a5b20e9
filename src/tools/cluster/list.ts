import * as z from 'zod';
import type { KubeKind, KubeObject } from '../../clients/kubernetes/contract.ts';
import { inputError } from '../../core/errors.ts';
import type { Output, Section, TableSection } from '../../core/output.ts';
import { parseCursor } from '../../core/render.ts';
import { defineTool } from '../define.ts';
import { columnsOf } from './support/columns/columns.ts';
import { foldPods } from './support/fold-pods.ts';
import { Cursor, Kind, Limit, Namespace, Selector } from './support/inputs.ts';

/** Up to this many objects every row is shown in full without being asked for; of pods there are always more than one wants. */
const few = ({ kind }: KubeKind): number => (kind === 'Pod' ? 25 : 100);

interface Found {
  readonly kind: KubeKind;
  readonly abnormal: readonly KubeObject[];
  readonly healthy: readonly KubeObject[];
  readonly offset: number;
  readonly now: Date;
}

const Input = z.strictObject({
  kind: Kind,
  namespace: Namespace.optional(),
  selector: Selector.optional(),
  only_abnormal: z.boolean().default(false),
  all: z.boolean().default(false).describe('Every row, not only abnormal ones'),
  limit: Limit.default(300),
  cursor: Cursor.optional(),
});
type Input = z.output<typeof Input>;

export default defineTool({
  name: 'cluster_list',
  title: 'List objects',
  description:
    'Objects of one kind in one or all namespaces: counts, then the rows that are not healthy; a short list in full. Set all for every row.',
  effect: 'read',
  needs: ['kubernetes'],
  taints: [],
  input: Input,
  async run({ kind: name, namespace, selector, cursor }, { clients: { kubernetes }, now, signal }): Promise<Found> {
    const offset = cursor === undefined ? 0 : parseCursor(cursor);
    if (offset === undefined)
      throw inputError(
        'invalid_cursor',
        'Unable to list: the cursor is not one of ours.',
        'Leave cursor out to start at the first row.',
      );
    const kind = await kubernetes.kind(name, signal);
    const options = {
      ...(namespace !== undefined && { namespace }),
      ...(selector !== undefined && { labelSelector: selector }),
    };
    const objects = (await kubernetes.listAll(kind, options, signal)).toSorted(byPlace);
    const columns = columnsOf(kind);
    const { abnormal = [], healthy = [] } = Object.groupBy(objects, (object) =>
      columns.isAbnormal(object) ? 'abnormal' : 'healthy',
    );
    return { kind, abnormal, healthy, offset, now };
  },
  render: (found, input) => ({
    summary: summaryOf(found, input),
    ...viewOf(found, input),
  }),
});

const byPlace = (a: KubeObject, b: KubeObject): number =>
  compare(a.metadata.namespace ?? '', b.metadata.namespace ?? '') || compare(a.metadata.name, b.metadata.name);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function summaryOf({ kind, abnormal, healthy }: Found, { namespace }: Input): string {
  const total = abnormal.length + healthy.length;
  const where = namespace === undefined ? (kind.namespaced ? ' in all namespaces' : '') : ` in ${namespace}`;
  const state = total === 0 ? '' : abnormal.length === 0 ? ', all healthy' : `, ${abnormal.length} not healthy`;
  return `${total} ${total === 1 ? kind.kind : kind.resource}${where}${state}.`;
}

function viewOf(found: Found, input: Input): Partial<Output> {
  const { kind, abnormal, healthy } = found;
  const total = abnormal.length + healthy.length;
  if (total === 0) return { next: emptyHint(input) };
  if (input.only_abnormal) return pageOf(found, abnormal, input);
  if (total <= few(kind) || (input.all && kind.kind !== 'Pod')) return pageOf(found, [...abnormal, ...healthy], input);
  if (input.all) return foldedView(found, input);
  const counts: Section = {
    kind: 'text',
    title: `Healthy ${kind.resource}${kind.namespaced ? ' per namespace' : ''}`,
    text: countsText(healthy, kind),
  };
  const { sections = [], ...page } = pageOf(found, abnormal, input);
  return {
    ...page,
    sections: [counts, ...sections],
    next: 'Set all for every row, or narrow by namespace or selector.',
  };
}

const emptyHint = ({ namespace, selector }: Input): string =>
  selector === undefined && namespace === undefined
    ? 'The cluster has none of this kind.'
    : 'Check the spelling of namespace and selector, or leave them out.';

function countsText(objects: readonly KubeObject[], { namespaced }: KubeKind): string {
  if (!namespaced) return String(objects.length);
  return [...Map.groupBy(objects, ({ metadata }) => metadata.namespace ?? '-')]
    .map(([namespace, members]) => `${namespace} ${members.length}`)
    .join(', ');
}

function pageOf(
  { kind, offset, now }: Found,
  objects: readonly KubeObject[],
  { limit, namespace }: Input,
): Partial<Output> {
  const columns = columnsOf(kind);
  // A namespace that was asked for is known.
  const ditto = kind.namespaced && namespace === undefined;
  const rows = objects.map((object) => [
    ...(ditto ? [object.metadata.namespace ?? '-'] : []),
    object.metadata.name,
    ...columns.cells(object, now),
  ]);
  return paged([...(ditto ? ['namespace'] : []), 'name', ...columns.titles], rows, { offset, limit, ditto });
}

function foldedView(found: Found, input: Input): Partial<Output> {
  const { abnormal, healthy, offset, now } = found;
  const folded = foldPods(healthy, now);
  const first = offset === 0 ? (pageOf(found, abnormal, input).sections ?? []) : [];
  const rest = paged(folded.columns, folded.rows, { offset, limit: input.limit, ditto: true });
  const legend: Section = { kind: 'text', text: `Healthy, all ready; nodes: ${folded.legend}` };
  return { ...rest, sections: [...first, legend, ...(rest.sections ?? [])] };
}

/** A slice of rows; a namespace is written once and stands for the rows below it. */
function paged(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  { offset, limit, ditto }: { offset: number; limit: number; ditto: boolean },
): Partial<Output> {
  const slice = rows.slice(offset, offset + limit);
  const shown = slice.map((row, index) =>
    ditto && index > 0 && slice[index - 1]?.[0] === row[0] ? ['', ...row.slice(1)] : row,
  );
  const table: TableSection = { kind: 'table', columns, rows: shown };
  return { sections: [table], page: { offset, total: rows.length } };
}
