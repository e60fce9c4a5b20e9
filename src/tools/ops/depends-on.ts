import * as z from 'zod';
import { inputError, notFound } from '../../core/errors.ts';
import { nearest } from '../../core/near.ts';
import type { Section } from '../../core/output.ts';
import { type DependencyGraph, dependencyGraph } from '../../world/dependency-graph.ts';
import { dependsOn, type Reached } from '../../world/depends-on.ts';
import { findThings } from '../../world/find-things.ts';
import { defineTool } from '../define.ts';

/** More than this is listed by kind. */
const ROWS = 25;
/** Names of one kind. */
const NAMES = 40;

export default defineTool({
  name: 'depends_on',
  title: 'What hangs on what',
  description:
    'What hangs on a thing and what it stands on, over all systems: app, pod, claim, volume, dataset, pool, disk; node, guest, host, outlet; release.',
  effect: 'read',
  needs: ['world'],
  taints: [],
  input: z.strictObject({
    on: z.string().min(1).max(300).describe('Kind and name, e.g. Host pve1, Pod media/web-0; or a serial, vmid, name'),
    direction: z.enum(['up', 'down', 'both']).default('both').describe('up = what hangs on it'),
  }),
  async run({ on, direction }, { clients: { world }, signal }) {
    const graph = dependencyGraph(await world.world({ maxAgeMs: 0, signal }));
    const { id } = theOne(graph, on);
    return {
      id,
      up: direction === 'down' ? undefined : dependsOn(graph, id, 'up'),
      down: direction === 'up' ? undefined : dependsOn(graph, id, 'down'),
      gaps: graph.gaps,
    };
  },
  render: ({ id, up, down, gaps }) => ({
    summary: `${id}: ${[
      ...(up === undefined ? [] : [`${countsOf(up)} on it`]),
      ...(down === undefined ? [] : [`stands on ${countsOf(down)}`]),
    ].join('; ')}.`,
    sections: [
      ...(gaps.length === 0
        ? []
        : [
            {
              kind: 'text',
              ours: true,
              title: 'Not known, so there may be more',
              text: gaps.map(({ part, reason }) => `${part}: ${reason}`).join('\n'),
            } satisfies Section,
          ]),
      ...rowsOf('Hangs on it', up, 'up'),
      ...rowsOf('Stands on', down, 'down'),
    ],
  }),
});

function theOne(graph: DependencyGraph, text: string) {
  const found = findThings(graph, text);
  const [first, second] = found;
  if (first === undefined) {
    const near = nearest(
      text,
      [...graph.things.values()].flatMap(({ id, names }) => [id, ...names]),
    );
    throw notFound(
      'thing_not_found',
      'Unable to say what hangs on that: nothing of this name is known.',
      near.length > 0
        ? `Did you mean ${near.join(', ')}?`
        : 'Name it as Kind and key: Node k3s-1, Disk host/ata-..., Guest home/101.',
    );
  }
  if (second === undefined) return first;
  throw inputError(
    'ambiguous_thing',
    'Unable to say what hangs on that: several things have this name.',
    `Name one of: ${found
      .slice(0, 10)
      .map(({ id }) => id)
      .join(', ')}.`,
  );
}

const countsOf = (reached: readonly Reached[]): string =>
  reached.length === 0
    ? 'nothing known'
    : [...Map.groupBy(reached, ({ thing }) => thing.kind)].map(([kind, own]) => `${own.length} ${kind}`).join(', ');

function rowsOf(title: string, reached: readonly Reached[] | undefined, direction: 'up' | 'down'): readonly Section[] {
  if (reached === undefined || reached.length === 0) return [];
  if (reached.length > ROWS) return [byKind(title, reached, direction)];
  const rows = reached.map(({ thing, via, depth }) => [
    thing.id,
    direction === 'up' ? via.lower : via.upper,
    via.why ?? '',
    String(depth),
  ]);
  return [
    {
      kind: 'table',
      title: `${title}, nearest first`,
      columns: ['thing', direction === 'up' ? 'through' : 'below', 'known by', 'steps'],
      rows,
    },
  ];
}

/** Too many for a row each: kinds, nearest first, and the names that tell something. */
function byKind(title: string, reached: readonly Reached[], direction: 'up' | 'down'): Section {
  const kinds = [...Map.groupBy(reached, ({ thing }) => thing.kind)];
  const covered = direction === 'up' ? podsOfWorkloads(reached) : new Set<string>();
  return {
    kind: 'table',
    title: `${title}, by kind, nearest first (ask about one of them, direction ${direction === 'up' ? 'down' : 'up'}, for the way to it)`,
    columns: ['kind', 'count', 'names'],
    rows: kinds.map(([kind, own]) => [kind, String(own.length), namesOf(own, covered)]),
  };
}

/** `pvc-` and a uuid: the claim in front of it has the name that people know. */
const GENERATED = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

/** Pods whose workload is listed as well. */
const podsOfWorkloads = (reached: readonly Reached[]): ReadonlySet<string> =>
  new Set(reached.map(({ via }) => via.lower).filter((id) => id.startsWith('Pod ')));

function namesOf(own: readonly Reached[], covered: ReadonlySet<string>): string {
  const telling = own.filter(({ thing }) => !GENERATED.test(thing.id) && !covered.has(thing.id));
  const names = telling
    .map(({ thing: { id, kind }, via, depth }) => {
      const key = id.slice(kind.length + 1);
      return depth === 1 && via.why !== undefined ? `${key} (${via.why})` : key;
    })
    .toSorted()
    .slice(0, NAMES);
  const left = own.length - names.length;
  if (names.length === 0) return '';
  return names.join(', ') + (left > 0 ? ` and ${left} more` : '');
}
