import type { Lesson } from '../../../src/core/lesson.ts';

/** Lessons with a guard at most, however many lessons there are: each was confirmed by a person. */
const MAX_GUARDED = 2_000;

/** A small generator with a fixed seed: every run measures the same lessons. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/**
 * `count` lessons of the words of the real ones. The first ones have the selectors and guards of a real lesson; the others
 * its kinds and actions, with names, values and components of their own, as lessons about other applications have.
 */
export function* lessonsLike(real: readonly Lesson[], count: number): Generator<Lesson> {
  const random = randomOf(42);
  const words = real.flatMap(({ symptom, cause, fix }) => `${symptom} ${cause} ${fix}`.split(/\s+/));
  const word = (): string => words[random(words.length)] ?? 'pod';
  const sentence = (length: number): string => Array.from({ length }, word).join(' ');
  for (let index = 0; index < count; index++) {
    const like = real[random(real.length)];
    if (like === undefined) return;
    const { guard, ...rest } = like;
    yield {
      ...rest,
      ...(guard !== undefined && index < MAX_GUARDED && { guard: ownGuard(guard, index) }),
      id: `generated-${index}`,
      title: `${sentence(7).slice(0, 100)} ${index}`,
      symptom: `${sentence(14)} app-${index}`,
      cause: sentence(14),
      fix: sentence(16),
      body: '',
      supersedes: [],
      checks: index < real.length ? like.checks : [],
      components: index < real.length ? like.components : { [`app-${random(count / 20 + 10)}`]: '*' },
      applies_to: index < real.length ? like.applies_to : ownSelectors(like.applies_to, index),
    };
  }
}

/** The same predicate about another object: no two are judged as one. */
const ownGuard = ({ when, effect }: NonNullable<Lesson['guard']>, index: number): NonNullable<Lesson['guard']> => ({
  when: index % 50 === 0 ? when : `(${when}) && action.names.exists(n, n == 'app-${index}')`,
  effect,
});

function ownSelectors(selectors: Lesson['applies_to'], index: number): Lesson['applies_to'] {
  const { actions, kinds, field_paths: paths } = selectors;
  const own = index % 3 === 0 ? { names: [`app-${index}`] } : index % 3 === 1 ? { values: [`app-${index}/image`] } : {};
  return {
    ...(actions && { actions }),
    ...(kinds && { kinds }),
    ...(paths && index % 3 !== 2 && { field_paths: paths }),
    ...own,
  };
}
