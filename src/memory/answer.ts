import type { LessonMatch } from '../core/consult.ts';
import type { Lesson, LessonCounters } from '../core/lesson.ts';
import type { Found } from './match.ts';

export const MAX_MATCHES = 5;
export const MAX_TOKENS = 600;
const CHARACTERS_PER_TOKEN = 4;
/** What stands between the parts of a match when it is shown: severity, strength, blanks. */
const AROUND = 24;
const MAX_WHY = 80;

/** Tokens that a list of matches takes in an answer; an estimate of four characters each. */
export const tokensOf = (matches: readonly LessonMatch[]): number =>
  Math.ceil(matches.reduce((sum, match) => sum + charactersOf(match), 0) / CHARACTERS_PER_TOKEN);

const charactersOf = ({ id, title, advice, why }: Pick<LessonMatch, 'id' | 'title' | 'advice' | 'why'>): number =>
  id.length + title.length + advice.length + why.length + AROUND;

/** Gives each match an even share of the budget: a long lesson shortens its own advice, never drops another lesson. */
export function answer(found: readonly Found[], counters: ReadonlyMap<string, LessonCounters>): readonly LessonMatch[] {
  const shown = found.slice(0, MAX_MATCHES);
  const share = Math.floor((MAX_TOKENS * CHARACTERS_PER_TOKEN) / Math.max(1, shown.length));
  return shown.map(({ entry: { lesson }, strength, score, why, guard }) => {
    const head = { id: lesson.id, title: lesson.title, why: cut(why(), MAX_WHY) };
    return {
      ...head,
      severity: lesson.severity,
      advice: adviceOf(lesson, share - charactersOf({ ...head, advice: '' })),
      strength,
      score: Math.round(score * 1_000) / 1_000,
      counters: counters.get(lesson.id) ?? { shown: 0, acknowledged: 0, prevented: 0, recurred: 0 },
      ...(guard !== undefined && { guard }),
    };
  });
}

/** What happened and what to do instead, in two sentences of at most `limit` characters. */
export function adviceOf({ symptom, cause, fix }: Pick<Lesson, 'symptom' | 'cause' | 'fix'>, limit: number): string {
  const what = sentence(symptom);
  const why = sentence(cause);
  const instead = sentence(fix);
  const full = `${what}: ${lowerFirst(why)}. ${instead}.`;
  if (full.length <= limit) return full;
  const short = `${what}. ${instead}.`;
  if (short.length <= limit) return short;
  const half = Math.floor((limit - 4) / 2);
  return `${cut(what, half)}. ${cut(instead, half)}.`;
}

/** The first sentence, without its full stop. */
function sentence(text: string): string {
  const [first = text] = text.trim().split(/(?<=[.!?])\s+(?=\p{Lu})/u, 1);
  return first.replace(/[.\s]+$/, '');
}

/** `Old pods overlap` -> `old pods overlap`; names such as `CoreDNS` and `PVC` stay as they are. */
const lowerFirst = (text: string): string =>
  /^\p{Lu}\p{Ll}*(?:\s|$)/u.test(text) ? text[0]?.toLowerCase() + text.slice(1) : text;

const cut = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, Math.max(0, limit - 1)).trimEnd()}…`;
