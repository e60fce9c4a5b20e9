import * as z from 'zod';
import type { Clock } from '../core/clock.ts';
import { readPlan } from '../guard/journal/plan-state.ts';
import type { SqliteJournal } from '../guard/journal/sqlite-journal.ts';
import type { Change, ChangeLog } from '../memory/learn/change.ts';

/** Events after which a plan is worth learning from. */
const ENDINGS = ['plan_denied', 'outcome', 'recovered'];
const MAX_KEPT = 2_000;
const Intent = z.object({ grant: z.object({ acknowledged: z.array(z.string()) }) });

/** The journal as the learner reads it. A plan that has ended never changes again, so it is read once. */
export function journalChanges(journal: SqliteJournal, clock: Clock): ChangeLog {
  const kept = new Map<string, Change>();
  const read = (id: string): Change | undefined => {
    const known = kept.get(id);
    if (known !== undefined) return known;
    const change = changeOf(journal, id, clock.now());
    const hasEnded =
      change?.state === 'denied' || change?.outcome?.state === 'done' || change?.outcome?.state === 'failed';
    if (change !== undefined && hasEnded && kept.size < MAX_KEPT) kept.set(id, change);
    return change;
  };
  return {
    async since(from, limit) {
      const changes = journal.plansWith(ENDINGS, limit).map(read);
      const recent = changes
        .filter((change) => change !== undefined)
        .filter(({ plan }) => plan.createdAt >= from.toISOString());
      return recent.toSorted((a, b) =>
        a.plan.createdAt < b.plan.createdAt ? -1 : a.plan.createdAt > b.plan.createdAt ? 1 : 0,
      );
    },
  };
}

function changeOf(journal: SqliteJournal, id: string, now: Date): Change | undefined {
  const known = readPlan(journal, id, now);
  if (known === undefined || known === 'tampered') return undefined;
  const intent = journal.entriesOf(id)?.find(({ event }) => event === 'intent');
  return {
    plan: known.plan,
    proposal: known.beside.proposal,
    state: known.state,
    acknowledged: Intent.safeParse(intent?.data).data?.grant.acknowledged ?? [],
    approvedBy: known.approvals.map(({ approver }) => approver),
    ...(known.outcome !== undefined && { outcome: known.outcome }),
  };
}
