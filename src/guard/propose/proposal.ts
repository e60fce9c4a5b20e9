import type { Comparison } from '../../checks/compare.ts';
import { hashOf } from '../../core/canonical.ts';
import type { Consultation, Lessons, Proposal } from '../../core/consult.ts';
import { denied, messageOf } from '../../core/errors.ts';
import type { Draft } from '../../core/plan.ts';
import type { Target } from '../../core/target.ts';

/** What the lessons are asked about: the change itself, and what the checks say that it would break. */
export function toProposal(
  action: string,
  input: unknown,
  targets: readonly Target[],
  draft: Draft,
  { introduced }: Comparison,
  seen: readonly string[],
): Proposal {
  return {
    action,
    targets,
    input,
    objects: draft.effects.flatMap((effect) => (effect.op === 'put' ? [effect.value] : [])),
    text: [draft.preview, ...(draft.warnings ?? []), ...(draft.refusals ?? []).map(({ message }) => message)].join(
      '\n',
    ),
    introducedChecks: [...new Set(introduced.map(({ check }) => check))],
    introducedLessons: [...new Set(introduced.flatMap(({ lessons }) => lessons))],
    seen,
  };
}

/**
 * Asks the lessons and holds the receipt against the question.
 * Errors: `denied` `lessons_unavailable | receipt_invalid`: without a valid receipt nothing runs.
 */
export async function consultLessons(lessons: Lessons, proposal: Proposal): Promise<Consultation> {
  const consultation = await answerOf(lessons, proposal);
  if (consultation.receipt.proposal !== hashOf(proposal))
    throw denied(
      'receipt_invalid',
      'Unable to plan a change: the lessons gave a receipt for another question.',
      'Plan again; report it when it stays so.',
    );
  return consultation;
}

async function answerOf(lessons: Lessons, proposal: Proposal): Promise<Consultation> {
  try {
    return await lessons.consult(proposal);
  } catch (error) {
    throw denied(
      'lessons_unavailable',
      `Unable to plan a change: the lessons cannot be asked (${messageOf(error)}).`,
      'Changes wait until the lessons can be read; reads go on.',
    );
  }
}
