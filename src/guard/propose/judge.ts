import type { Comparison } from '../../checks/compare.ts';
import type { Change } from '../../core/change.ts';
import type { Effect } from '../../core/effect.ts';
import type { CheckResult } from '../../core/finding.ts';
import type { Draft } from '../../core/plan.ts';
import type { Target } from '../../core/target.ts';
import { withConsequences } from '../../world/proxmox/consequences.ts';
import type { World } from '../../world/world.ts';
import type { Judge } from '../deps.ts';

export interface Judgement {
  readonly after: World;
  readonly results: readonly CheckResult[];
  readonly comparison: Comparison;
}

/** The same checks on the world as it is and on the world as it would be: pure, and the dear part of the guard's own time. */
export function judgeDraft(
  judge: Judge,
  before: World,
  { action, targets, draft, now }: { action: string; targets: readonly Target[]; draft: Draft; now: Date },
): Judgement {
  // What stands on what the change takes away goes with it, and is judged with it.
  const effects = withConsequences(before, draft.effects);
  const change: Change = {
    action,
    targets,
    effects,
    touches: draft.touches,
    refusals: draft.refusals ?? [],
    warnings: draft.warnings ?? [],
  };
  const after = before.patch(effects, change);
  const only = checksReached(judge.checks, effects);
  const results = judge.run(after, now, only);
  return { after, results, comparison: judge.compare(judge.run(before, now, only), results) };
}

/** A check is pure over the parts that it names: where none of them differs, both worlds give the same answer. */
function checksReached(checks: Judge['checks'], effects: readonly Effect[]): ReadonlySet<string> {
  const parts = new Set<string>(['change', 'replaced', ...effects.map(({ part }) => part)]);
  const reached = checks.filter(({ needs, wants = [] }) => [...needs, ...wants].some((part) => parts.has(part)));
  return new Set(reached.map(({ id }) => id));
}
