import * as z from 'zod';
import type { LessonStore } from '../store.ts';

/** How well what is known keeps things from happening again. */
export interface LearningMetrics {
  readonly incidents: number;
  /** Incidents whose signature a lesson knew before they happened. */
  readonly recurrences: number;
  /** Recurrences after known, per incident; 0 without incidents. */
  readonly ratio: number;
}

const PAGE = 500;
const Known = z.object({ known_before: z.boolean().default(false) });

export async function metricsOf(store: LessonStore): Promise<LearningMetrics> {
  let incidents = 0;
  let recurrences = 0;
  for (let after: string | undefined; ; ) {
    const page = await store.nodes({ kind: 'incident', limit: PAGE, ...(after !== undefined && { after }) });
    incidents += page.length;
    recurrences += page.filter(({ data }) => Known.safeParse(data).data?.known_before === true).length;
    after = page.at(-1)?.id;
    if (after === undefined || page.length < PAGE) break;
  }
  return { incidents, recurrences, ratio: incidents === 0 ? 0 : recurrences / incidents };
}
