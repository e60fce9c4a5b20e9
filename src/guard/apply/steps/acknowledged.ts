import type { ApplyStep } from '../case.ts';

/** The caller names every lesson that it must have taken in. */
export const acknowledged: ApplyStep = {
  name: 'acknowledged',
  check({ request, known: { plan } }) {
    const missing = plan.receipt.mustAcknowledge.filter((id) => !request.acknowledge.includes(id));
    if (missing.length === 0) return undefined;
    const title = (id: string): string => plan.lessons.find((match) => match.id === id)?.title ?? 'no title';
    return {
      code: 'lessons_not_acknowledged',
      reason: `These lessons were not acknowledged: ${missing.map((id) => `${id} (${title(id)})`).join(', ')}.`,
      next: `Read them, then call apply_plan again with acknowledge: ${JSON.stringify(plan.receipt.mustAcknowledge)}.`,
    };
  },
};
