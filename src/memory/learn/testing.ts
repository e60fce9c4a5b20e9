import type { LessonMatch, Proposal } from '../../core/consult.ts';
import type { Decision } from '../../core/decision.ts';
import type { Outcome, Plan } from '../../core/plan.ts';
import type { Target } from '../../core/target.ts';
import { containerOf, podSpecOf, proposalOf, targetOf, workloadOf } from '../testing.ts';
import type { Change, ChangeLog } from './change.ts';

/** Changes as the record has them, for tests. */
export const START = '2026-11-21T08:00:00.000Z';
export const minutes = (count: number): string => new Date(Date.parse(START) + count * 60_000).toISOString();

export interface ChangeFacts {
  readonly id: string;
  readonly action?: string;
  readonly target?: Target;
  readonly input?: unknown;
  readonly objects?: readonly unknown[];
  /** Minutes after the start at which it ended. */
  readonly at?: number;
  readonly state?: 'done' | 'failed' | 'in_doubt' | 'denied';
  readonly evidence?: readonly string[];
  readonly error?: { readonly code: string; readonly message: string };
  readonly decision?: Decision;
  readonly lessons?: readonly LessonMatch[];
  readonly mustAcknowledge?: readonly string[];
  readonly undo?: string | null;
}

const ALLOW: Decision = { kind: 'allow', code: 'no_objection', reason: 'It is reversible.' };
export const web = targetOf('Deployment', 'web', 'media');

export function changeOf(facts: ChangeFacts): Change {
  const { action = 'cluster_apply', target = web, input = {}, objects = [], at = 0, state = 'done' } = facts;
  const proposal: Proposal = proposalOf(action, [target], { input, objects });
  const outcome = outcomeOf(facts);
  return {
    plan: planOf(facts, proposal, minutes(at - 1)),
    proposal,
    state,
    acknowledged: facts.mustAcknowledge ?? [],
    approvedBy: [],
    ...(state !== 'denied' && { outcome }),
  };
}

function outcomeOf({ id, state = 'done', evidence = [], at = 0, error }: ChangeFacts): Outcome {
  return {
    planId: id,
    state: state === 'denied' ? 'failed' : state,
    verified: state === 'done' ? 'yes' : state === 'failed' ? 'no' : 'unknown',
    summary: '',
    evidence,
    undo: null,
    at: minutes(at),
    ...(error !== undefined && { error }),
  };
}

function planOf(
  { id, decision = ALLOW, lessons = [], mustAcknowledge = [], undo = null }: ChangeFacts,
  proposal: Proposal,
  createdAt: string,
): Plan {
  return {
    id,
    action: proposal.action,
    title: 'A change',
    input: proposal.input,
    inputHash: 'aa',
    reason: 'a test',
    principal: 'alice/test',
    session: 'session-1',
    taint: [],
    targets: proposal.targets,
    touches: [],
    preconditions: [],
    identity: 'test',
    preview: '',
    warnings: [],
    reversibility: 'reversible',
    undo,
    introduced: [],
    resolved: [],
    lessons,
    receipt: {
      id: `receipt-${id}`,
      proposal: 'aa',
      revision: 1,
      ageMs: 0,
      matched: lessons.map((one) => one.id),
      mustAcknowledge,
      at: createdAt,
    },
    decision,
    policyVersion: '1',
    createdAt,
    expiresAt: createdAt,
    hash: `hash-${id}`,
  };
}

/** A Deployment as the dry run returned it. */
export const deploymentOf = (image: string, rest: object = {}, name = 'web'): object =>
  workloadOf('Deployment', name, 'media', podSpecOf([containerOf('app', image, rest)]));

/** The record of a test; tests push into it. */
export class LiteralLog implements ChangeLog {
  readonly changes: Change[] = [];

  async since(): Promise<readonly Change[]> {
    return this.changes;
  }
}
