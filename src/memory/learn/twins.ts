import { hashOf } from '../../core/canonical.ts';
import type { Lesson } from '../../core/lesson.ts';
import { sketchOf } from '../live-index.ts';
import { looksTheSame, type Sketch, sketch, withoutFacts } from '../similar.ts';

/** How a new lesson stands to one that is there. Only `same` is ever merged. */
export type Twin = 'same' | 'similar' | 'contradicts';

const said = ({ title, symptom, cause, fix, applies_to }: Lesson) => ({ title, symptom, cause, fix, applies_to });

const about = ({ applies_to, components }: Lesson) => ({ applies_to, components });

/**
 * `same` = the same content, or nearly the same words about the same selectors.
 * `contradicts` = nearly the same words with other numbers or negations: both cannot hold, and a person says which does.
 * `similar` = nearly the same words about something else, or the same symptom in other words.
 */
export function twinOf(draft: Lesson, known: Lesson, sharesSymptom: boolean): Twin | undefined {
  if (hashOf(said(draft)) === hashOf(said(known))) return 'same';
  if (!looksTheSame(bare(draft), bare(known))) return sharesSymptom ? 'similar' : undefined;
  if (sketchOf(draft).facts !== sketchOf(known).facts) return 'contradicts';
  return hashOf(about(draft)) === hashOf(about(known)) ? 'same' : 'similar';
}

const bare = ({ title, symptom, cause, fix }: Lesson): Sketch =>
  sketch(withoutFacts([title, symptom, cause, fix].join('\n')));
