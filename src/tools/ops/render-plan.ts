import type { FoundLesson, LessonMatch } from '../../core/consult.ts';
import { type Finding, findingLine } from '../../core/finding.ts';
import type { Output, Section } from '../../core/output.ts';
import type { Plan, PlanState, PlanStatus } from '../../core/plan.ts';
import { bySeverity } from '../../core/severity.ts';
import { targetLabel } from '../../core/target.ts';

/** A plan with the full text of the lessons that matched it. */
export interface ShownPlan extends Pick<PlanStatus, 'plan'> {
  readonly state: PlanState;
  readonly approvals?: PlanStatus['approvals'];
  readonly outcome?: PlanStatus['outcome'];
  readonly lessons: ReadonlyMap<string, FoundLesson>;
}

/**
 * A plan as a model reads it: the decision and why, what would break and by which evidence, what was learned the last time
 * (fix and wrong fix), then the preview, then exactly what to call next.
 */
export function renderPlan(shown: ShownPlan): Output {
  const { plan } = shown;
  return {
    summary: summaryOf(shown),
    sections: [
      ...findingSections(plan),
      ...lessonSections(plan, shown.lessons),
      ...resolvedSections(plan),
      ...factSections(shown),
      ...warningSections(plan),
      { kind: 'text', title: 'Preview', text: plan.preview },
    ],
    next: nextOf(shown),
  };
}

const VERDICT = { allow: 'ALLOWED', ask: 'ASKS FOR A PERSON', deny: 'DENIED' } as const;

function summaryOf({ plan, state }: ShownPlan): string {
  const { kind, code, reason } = plan.decision;
  const targets = plan.targets.slice(0, 3).map(targetLabel).join(', ');
  const more = plan.targets.length > 3 ? ` and ${plan.targets.length - 3} more` : '';
  const now = state === 'proposed' || state === 'denied' ? '' : ` It is ${state.replace('_', ' ')}.`;
  return `Plan ${plan.id}: ${plan.action} on ${targets}${more}: ${VERDICT[kind]} (${code}). ${sentence(reason)}${now} Nothing was changed by planning.`;
}

function findingSections({ introduced, decision }: Plan): readonly Section[] {
  if (introduced.length === 0) return [];
  const text = introduced
    .toSorted((a, b) => bySeverity(a.severity, b.severity))
    .map((finding, index, all) => findingText(finding, decision.reason, all[index + 1]?.remedy !== finding.remedy))
    .join('\n');
  return [{ kind: 'text', title: 'Would introduce', text, ours: true }];
}

/** A message that the reason of the decision has told already is not told twice, nor a remedy that several share. */
function findingText(finding: Finding, told: string, isLastOfRemedy: boolean): string {
  const { check, severity, target, message, evidence, remedy } = finding;
  return [
    `- ${check} ${severity}, ${told.includes(message) ? target : findingLine(finding)}`,
    ...evidence.map((fact) => `    ${fact}`),
    ...(isLastOfRemedy ? [`    instead: ${remedy}`] : []),
  ].join('\n');
}

function lessonSections(plan: Plan, lessons: ReadonlyMap<string, FoundLesson>): readonly Section[] {
  const section = (title: string, matches: readonly LessonMatch[], ours: boolean): readonly Section[] =>
    matches.length === 0
      ? []
      : [
          {
            kind: 'text',
            title,
            ours,
            text: matches.map((match) => lessonText(match, lessons.get(match.id))).join('\n'),
          },
        ];
  const isReviewed = ({ id }: LessonMatch): boolean => lessons.get(id)?.lesson.status === 'confirmed';
  return [
    ...section('Learned before', plan.lessons.filter(isReviewed), true),
    // Nobody has confirmed these: they are somebody's words and stand in the fence.
    ...section(
      'Candidate lessons',
      plan.lessons.filter((match) => !isReviewed(match)),
      false,
    ),
  ];
}

function lessonText(
  { id, title, why, strength, advice, counters }: LessonMatch,
  found: FoundLesson | undefined,
): string {
  const lines = [`- lesson ${id} (${strength}: ${why}; prevented ${counters.prevented}): ${title}`];
  if (found === undefined || strength === 'likely') return [...lines, `    ${advice}`].join('\n');
  const { symptom, fix, wrong_fix } = found.lesson;
  lines.push(`    symptom: ${symptom}`, `    do: ${fix}`);
  if (wrong_fix !== undefined) lines.push(`    do NOT: ${wrong_fix}`);
  return lines.join('\n');
}

function resolvedSections({ resolved }: Plan): readonly Section[] {
  if (resolved.length === 0) return [];
  const text = resolved.map((finding) => `- ${finding.check}, ${findingLine(finding)}`).join('\n');
  return [{ kind: 'text', title: 'Would resolve', text, ours: true }];
}

function factSections({ plan, approvals = [], outcome }: ShownPlan): readonly Section[] {
  const facts = [
    `Reversibility: ${plan.reversibility}. Undo: ${plan.undo ?? 'none'}`,
    `Lessons asked: revision ${plan.receipt.revision}, ${plan.receipt.matched.length} matched. Expires ${plan.expiresAt}.`,
    ...approvals.map(({ approver, method, at }) => `Approved by ${approver} (${method}) at ${at}.`),
    ...(outcome === undefined ? [] : [`Outcome: ${outcome.state}, verified: ${outcome.verified}. ${outcome.summary}`]),
  ];
  return [{ kind: 'text', text: facts.join('\n'), ours: true }];
}

const warningSections = ({ warnings }: Plan): readonly Section[] =>
  warnings.length === 0
    ? []
    : [{ kind: 'text', title: 'Warnings', text: warnings.map((one) => `- ${one}`).join('\n') }];

function nextOf({ plan, state }: ShownPlan): string {
  if (state === 'denied' || plan.decision.kind === 'deny')
    return 'It cannot be applied. Change the input as said after "instead" and "do", then call plan_change again.';
  if (state !== 'proposed' && state !== 'approved') return 'This plan is used up; plan_change makes a new one.';
  const { mustAcknowledge } = plan.receipt;
  const acknowledge = mustAcknowledge.length === 0 ? '' : `, acknowledge: ${JSON.stringify(mustAcknowledge)}`;
  const call = `apply_plan {plan: "${plan.id}"${acknowledge}}`;
  if (plan.decision.kind === 'ask' && state === 'proposed' && plan.decision.approval === 'other_principal')
    return `A person must approve it from elsewhere: steward approve ${plan.id}. After that call ${call}.`;
  if (plan.decision.kind === 'ask' && state === 'proposed')
    return `Call ${call}: it asks the person in this client, else they run: steward approve ${plan.id}.`;
  return `Call ${call}.`;
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
