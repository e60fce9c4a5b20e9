import { consultLessons } from '../../propose/proposal.ts';
import { type ApplyStep, PLAN_AGAIN } from '../case.ts';

/** What was learned between planning and applying counts: a new certain match sends the plan back. */
export const lessons: ApplyStep = {
  name: 'lessons',
  async check({ deps, known: { plan, beside } }) {
    if ((await deps.lessons.revision()) === plan.receipt.revision) return undefined;
    const { matches } = await consultLessons(deps.lessons, beside.proposal);
    const kept = new Map(plan.lessons.map((match) => [match.id, match.guard]));
    const fresh = matches.filter(({ id, strength, guard }) =>
      kept.has(id) ? guard !== undefined && guard !== 'note' && guard !== kept.get(id) : strength === 'certain',
    );
    if (fresh.length === 0) return undefined;
    const named = fresh.map(({ id, title }) => `${id} (${title})`).join(', ');
    return { code: 'stale_plan', reason: `New lessons match it: ${named}.`, next: PLAN_AGAIN };
  },
};
