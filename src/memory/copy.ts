import { canonicalJson } from '../core/canonical.ts';
import type { LessonCounters } from '../core/lesson.ts';
import type { NodeId } from './links.ts';
import { type NodeWrite, PAYLOAD_KINDS } from './nodes.ts';
import type { LessonStore, LessonVersion, StoredLink } from './store.ts';

const PAGE = 500;
const ALL = 1_000_000;

/** How much was new in the store copied to. */
export interface Copied {
  readonly lessons: number;
  readonly versions: number;
  readonly links: number;
  readonly nodes: number;
  readonly feedback: number;
  readonly consults: number;
}

/**
 * Brings everything that `from` knows into `to`: every version of every lesson and node with who and when, links with the
 * retired ones, counters, feedback and the log of questions. Vectors are made anew. Running it again adds nothing, and what
 * `to` knew before stays: a lesson that both have changed keeps both histories, and that of `from` comes last.
 */
export async function copyStore(from: LessonStore, to: LessonStore): Promise<Copied> {
  const lessons = await copyLessons(from, to);
  return {
    ...lessons,
    nodes: await copyNodes(from, to),
    links: await copyLinks(from, to),
    feedback: await copyFeedback(from, to),
    consults: await copyConsults(from, to),
  };
}

async function copyLessons(from: LessonStore, to: LessonStore): Promise<{ lessons: number; versions: number }> {
  const missing: LessonVersion[] = [];
  const ids: string[] = [];
  for await (const { lesson } of from.changes(0)) {
    const known = new Set((await to.history(lesson.id)).map(textOf));
    const news = (await from.history(lesson.id)).filter((version) => !known.has(textOf(version)));
    missing.push(...news);
    if (news.length > 0) ids.push(lesson.id);
  }
  for (const { lesson, by, at } of missing.toSorted((a, b) => a.revision - b.revision))
    await to.save({ lesson, by, at });
  await copyCounters(from, to);
  return { lessons: ids.length, versions: missing.length };
}

const textOf = ({ lesson, by, at }: LessonVersion): string => canonicalJson({ lesson, by, at });

const COUNTERS: readonly (keyof LessonCounters)[] = ['shown', 'acknowledged', 'prevented', 'recurred'];

/** A counter never goes back: what is missing to the larger of both is added, so that a second copy adds nothing. */
async function copyCounters(from: LessonStore, to: LessonStore): Promise<void> {
  for await (const { lesson, counters } of from.changes(0)) {
    const there = (await to.counters([lesson.id])).get(lesson.id);
    for (const counter of COUNTERS) {
      const more = counters[counter] - (there?.[counter] ?? 0);
      if (more > 0) await to.count([lesson.id], counter, more);
    }
  }
}

async function copyNodes(from: LessonStore, to: LessonStore): Promise<number> {
  let copied = 0;
  for (const kind of PAYLOAD_KINDS)
    for (let after = ''; ; ) {
      const page = await from.nodes({ kind, after, limit: PAGE });
      for (const { id } of page) copied += await copyNode(from, to, id);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) break;
      after = last.id;
    }
  return copied;
}

async function copyNode(from: LessonStore, to: LessonStore, id: NodeId): Promise<number> {
  const text = (node: object) => canonicalJson({ ...node, retiredAt: undefined });
  const known = new Set((await to.nodeHistory(id)).map(text));
  const news = (await from.nodeHistory(id)).filter((node) => !known.has(text(node)));
  for (const { retiredAt: _retiredAt, recordedAt, kind: _kind, ...node } of news) {
    // Every store checked the payload when it was saved, and the other one checks it again.
    await to.saveNodes([{ ...node, at: recordedAt } as NodeWrite]);
  }
  return news.length;
}

/** Told in the order in which it happened: recorded and retired. */
async function copyLinks(from: LessonStore, to: LessonStore): Promise<number> {
  const key = ({ from: a, kind, to: b, weight, recordedAt }: StoredLink) => `${a} ${kind} ${b} ${weight} ${recordedAt}`;
  const known = new Map((await to.foundLinks(0)).map((link) => [key(link), link]));
  const events = (await from.foundLinks(0)).flatMap((link) => {
    const there = known.get(key(link));
    const recorded = there === undefined ? [{ at: link.recordedAt, link, retire: false }] : [];
    const { retiredAt } = link;
    return retiredAt === undefined || there?.retiredAt !== undefined
      ? recorded
      : [...recorded, { at: retiredAt, link, retire: true }];
  });
  // At the same moment the former link is retired before its successor is recorded; recording a successor retires it too.
  for (const { at, link, retire } of events.toSorted((a, b) =>
    a.at === b.at ? Number(b.retire) - Number(a.retire) : a.at < b.at ? -1 : 1,
  )) {
    if (retire) await to.unlink([link], at);
    else {
      const { recordedAt, retiredAt: _retiredAt, declared: _declared, revision: _revision, ...plain } = link;
      await to.link([{ ...plain, at: recordedAt }]);
    }
  }
  return events.filter(({ retire }) => !retire).length;
}

async function copyFeedback(from: LessonStore, to: LessonStore): Promise<number> {
  const known = new Set<string>();
  for await (const said of to.voices()) known.add(canonicalJson(said));
  let copied = 0;
  for await (const said of from.voices()) {
    if (known.has(canonicalJson(said))) continue;
    await to.giveFeedback(said);
    copied++;
  }
  return copied;
}

async function copyConsults(from: LessonStore, to: LessonStore): Promise<number> {
  const known = new Set((await to.consults({ limit: ALL })).map(({ id }) => id));
  const news = (await from.consults({ limit: ALL })).filter(({ id }) => !known.has(id)).toReversed();
  for (const record of news) await to.logConsult(record);
  return news.length;
}
