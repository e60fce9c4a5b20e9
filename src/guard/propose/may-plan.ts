import { denied } from '../../core/errors.ts';
import { coversTarget, hasScope, type Principal } from '../../core/principal.ts';
import { type Target, targetLabel } from '../../core/target.ts';
import { currentFreeze } from '../freeze.ts';
import type { SqliteJournal } from '../journal/sqlite-journal.ts';

/** What is refused before anything outside is asked. Errors: `denied` `denied_scope | frozen`. */
export function demandMayPlan(principal: Principal, targets: readonly Target[], journal: SqliteJournal): void {
  if (!hasScope(principal, 'plan'))
    throw denied(
      'denied_scope',
      `Unable to plan a change: ${principal.id} lacks the scope "plan".`,
      'Ask the operator for it.',
    );
  const outside = targets.find((target) => !coversTarget(principal, target));
  if (outside !== undefined)
    throw denied(
      'denied_scope',
      `Unable to plan a change of ${targetLabel(outside)}: it is outside of what ${principal.id} may touch.`,
      `${principal.id} may touch these namespaces: ${principal.namespaces.join(', ') || 'none'}.`,
    );
  const freeze = currentFreeze(journal);
  if (freeze !== undefined)
    throw denied(
      'frozen',
      `Unable to plan a change: ${freeze.by} has frozen all changes since ${freeze.at}.`,
      'A person ends it with `steward thaw`.',
    );
}
