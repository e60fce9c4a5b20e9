import type { FoundLesson, LessonQuery } from '../../core/consult.ts';
import type { Lesson } from '../../core/lesson.ts';
import { bySeverity } from '../../core/severity.ts';
import type { AsOf } from '../as-of.ts';
import type { NodeId } from '../links.ts';
import { textsOf } from '../live-index.ts';
import { kindsOf } from '../proposal.ts';
import type { LessonStore, StoredLesson } from '../store.ts';
import { tokens } from '../tokens.ts';

const PAGE = 500;
/** A look back reads every lesson as it was; beyond so many it would keep somebody waiting. */
const MAX_READ = 20_000;

/** Lessons as they were known and valid then, best words first; what was learned later, or was not true then, is not there. */
export async function searchThen(
  store: LessonStore,
  query: LessonQuery,
  asOf: AsOf,
  isAbout: (lesson: Lesson) => boolean = () => true,
): Promise<readonly FoundLesson[]> {
  const then: StoredLesson[] = [];
  const replaced = new Set<string>();
  for (let after: string | undefined; then.length < MAX_READ; ) {
    const page = await store.list({ limit: PAGE, asOf, ...(after !== undefined && { after }) });
    for (const { lesson } of page)
      if (lesson.status === 'confirmed') for (const id of lesson.supersedes) replaced.add(id);
    then.push(...page.filter(({ lesson }) => suits(lesson, query) && isAbout(lesson)));
    after = page.at(-1)?.lesson.id;
    if (after === undefined || page.length < PAGE) break;
  }
  const wanted = query.status === undefined ? then.filter(({ lesson }) => !replaced.has(lesson.id)) : then;
  return ranked(wanted, query).slice(0, query.limit);
}

function suits({ status, components, applies_to: { kinds = [] } }: Lesson, query: LessonQuery): boolean {
  if (query.status === undefined ? status === 'retired' : status !== query.status) return false;
  if (query.component !== undefined && !Object.hasOwn(components, query.component)) return false;
  return query.kind === undefined || kindsOf(query.kind).some((kind) => kinds.includes(kind));
}

/** By the share of the words that stand in it, rare ones first. */
function ranked(lessons: readonly StoredLesson[], { text }: LessonQuery): readonly FoundLesson[] {
  if (text === undefined)
    return lessons
      .toSorted((a, b) => bySeverity(a.lesson.severity, b.lesson.severity) || (a.lesson.id < b.lesson.id ? -1 : 1))
      .map(({ lesson, counters }) => ({ lesson, counters, score: 1 }));
  const wanted = [...new Set(tokens(text))];
  const read = lessons.map((one) => ({ one, terms: new Set(tokens(Object.values(textsOf(one.lesson)).join('\n'))) }));
  const weights = new Map(
    wanted.map((term) => [
      term,
      Math.log(1 + lessons.length / (1 + read.filter(({ terms }) => terms.has(term)).length)),
    ]),
  );
  const full = [...weights.values()].reduce((sum, weight) => sum + weight, 0) || 1;
  return read
    .map(({ one: { lesson, counters }, terms }) => {
      const score = wanted.reduce((sum, term) => sum + (terms.has(term) ? (weights.get(term) ?? 0) : 0), 0) / full;
      return { lesson, counters, score };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || (a.lesson.id < b.lesson.id ? -1 : 1));
}

const MAX_NEAR = 500;

/**
 * Which lessons are about a resource: `web`, `media/web`, `Deployment media/web` or its node. Those that name it,
 * and those that were learned on it.
 */
export async function lessonsAbout(
  store: LessonStore,
  resource: string,
  asOf?: AsOf,
): Promise<(lesson: Lesson) => boolean> {
  const [kind, place = ''] = resource.includes(' ') ? resource.split(/\s+/, 2) : [undefined, resource];
  const name = place.slice(place.lastIndexOf('/') + 1);
  const learned = new Set<string>();
  for (const node of await resourcesNamed(store, place, kind)) {
    const near = await store.neighbours(node, { depth: 1, limit: MAX_NEAR, ...(asOf !== undefined && { asOf }) });
    for (const one of near) if (one.node.startsWith('lesson:')) learned.add(one.node.slice('lesson:'.length));
  }
  return ({ id, applies_to: { names = [] } }) =>
    learned.has(id) || names.some((one) => one === name || (one.endsWith('*') && name.startsWith(one.slice(0, -1))));
}

async function resourcesNamed(store: LessonStore, place: string, kind: string | undefined): Promise<readonly NodeId[]> {
  const found: NodeId[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.nodes({ kind: 'resource', limit: PAGE, ...(after !== undefined && { after }) });
    found.push(
      ...page
        .map(({ id }) => id)
        .filter(
          (id) =>
            id === place ||
            id === `resource:${place}` ||
            (id.endsWith(`/${place}`) && (kind === undefined || id.includes(`${kind}/`))),
        ),
    );
    after = page.at(-1)?.id;
    if (after === undefined || page.length < PAGE) return found;
  }
}
