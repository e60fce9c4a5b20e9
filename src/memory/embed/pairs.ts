import type { Lesson } from '../../core/lesson.ts';

/** Two texts that mean the same, and how much that is believed. */
export interface Pair {
  readonly short: string;
  readonly long: string;
  readonly weight: number;
}

const SENTENCE = /(?<=[.!?])\s+(?=[A-Z`"$])/;
const sentences = (text: string): string[] => text.split(SENTENCE).filter((sentence) => sentence.length > 20);

const neighbours = (text: string): Pair[] => {
  const parts = sentences(text);
  return parts.slice(1).map((long, index) => ({ short: parts[index] ?? '', long, weight: 0.4 }));
};

const FIELD = /\/\*\*\s*\*\s([^*]*?)\*\/\s*'?([A-Za-z]+)'?\??:/g;
const CLASS = /export declare class (?:V\d\w*?\d*)?([A-Z]\w+)/;

/** Pairs of one type declaration of `@kubernetes/client-node` (Apache-2.0): field name and comment, neighbouring sentences. */
export function pairsOfDeclaration(text: string): Pair[] {
  const kind = CLASS.exec(text)?.[1] ?? '';
  return [...text.matchAll(FIELD)].flatMap(([, comment = '', field = '']) => {
    const long = comment
      .replace(/\\(['"])/g, '$1')
      .replace(/\s+/g, ' ')
      .trim();
    if (long.length < 15) return [];
    return [
      { short: `${kind} ${field}`, long, weight: 1 },
      { short: field, long: sentences(long)[0] ?? long, weight: 0.5 },
      ...neighbours(long),
    ];
  });
}

/** Pairs of a lesson: title and body, symptom and what is behind it, its halves. */
export function pairsOfLesson({ title, symptom, cause, fix, prevention = '', body }: Lesson): Pair[] {
  const whole = [symptom, cause, fix, prevention, body].join(' ');
  const middle = whole.indexOf(' ', Math.floor(whole.length / 2));
  return [
    { short: title, long: whole, weight: 1 },
    { short: symptom, long: `${cause} ${fix}`, weight: 1 },
    { short: whole.slice(0, middle), long: whole.slice(middle), weight: 0.5 },
    ...neighbours(whole),
  ];
}
