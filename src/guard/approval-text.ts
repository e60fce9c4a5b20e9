import { canonicalJson, sha256 } from '../core/canonical.ts';
import type { Decision } from '../core/decision.ts';
import type { Plan, Precondition } from '../core/plan.ts';
import { redactText } from '../core/redact.ts';
import { targetKey } from '../core/target.ts';
import { makeVisible } from '../core/untrusted.ts';

/** Of each part, in characters; what is longer is cut with its full length and digest, never dropped silently. */
const MAX_PREVIEW = 2_400;
const MAX_LIST = 20;
const MAX_LINE = 300;

/**
 * The question that a person answers, written by us from the stored plan and from nothing else.
 * Every line that holds words from outside starts with `| `, so that none of them can look like ours;
 * hidden characters are shown, and the digests tie the answer to exactly this plan.
 * `decision` = what it needs now, when that is more than when it was made.
 */
export function renderApproval(plan: Plan, decision: Decision = plan.decision): string {
  const sections: readonly (readonly string[])[] = [
    [`Steward asks: carry out this change?`, `Plan ${plan.id}, ${plan.action} (${oneLine(plan.title)})`],
    [
      `Asked by ${oneLine(plan.principal)}, session ${oneLine(plan.session)}, in these words:`,
      ...quote(plan.reason, MAX_LINE),
    ],
    ['It touches:', ...list(touchedLines(plan))],
    ['What would change:', ...quote(plan.preview, MAX_PREVIEW)],
    ['With this input:', ...inputLines(plan)],
    ...section('Warnings:', plan.warnings),
    ...section(
      'It would introduce:',
      plan.introduced.map(({ check, severity, message }) => `${check} (${severity}) ${message}`),
    ),
    ...section(
      'Lessons about it:',
      plan.lessons.map(({ id, title, advice }) => `${id}: ${title}. ${advice}`),
    ),
    [
      `Why you are asked: ${decision.code}`,
      ...quote(decision.reason, MAX_LINE),
      `It is ${plan.reversibility.replaceAll('_', ' ')}.`,
      ...(plan.undo === null ? ['There is no way back.'] : ['The way back:', ...quote(plan.undo, MAX_LINE)]),
      ...restoreLines(plan),
      ...(plan.taint.length === 0
        ? []
        : [`This session has read text from outside: ${plan.taint.map(oneLine).join(', ')}.`]),
    ],
    [
      `Good until ${plan.expiresAt}.`,
      `Plan digest sha256:${plan.hash}`,
      `Preview digest sha256:${sha256(plan.preview)}`,
    ],
  ];
  return sections.map((lines) => lines.join('\n')).join('\n\n');
}

function restoreLines({ restorePoint, reversibility }: Plan): readonly string[] {
  if (restorePoint === undefined)
    return reversibility === 'irreversible' ? ['There is no restore point that is known.'] : [];
  const { what, where, at, verified } = restorePoint;
  return [
    `Restore point (${verified ? 'verified' : 'NOT verified'}):`,
    ...quote(`${what} on ${where}, of ${at}`, MAX_LINE),
  ];
}

const section = (title: string, lines: readonly string[]): readonly (readonly string[])[] =>
  lines.length === 0 ? [] : [[title, ...list(lines)]];

/** A Secret's values have no form that a pattern could know, so an input that holds one is not shown at all. */
function inputLines({ input, inputHash, targets }: Plan): readonly string[] {
  const text = canonicalJson(input);
  const isSecret =
    targets.some(({ kind }) => kind === 'Secret') ||
    /\bkind["']?\s*:\s*["']?Secret\b/.test(text.replace(/\\[nrt]/g, ' ').replaceAll('\\', ''));
  return isSecret ? [`not shown: it holds a Secret. Digest sha256:${inputHash}`] : quote(text, MAX_LINE * 2);
}

function touchedLines({ touches, preconditions }: Plan): readonly string[] {
  const versions = new Map(preconditions.map((one) => [targetKey(one.target), versionOf(one)]));
  return touches.map(({ verb, target }) => `${verb} ${targetKey(target)}${versions.get(targetKey(target)) ?? ''}`);
}

const versionOf = (precondition: Precondition): string =>
  'absent' in precondition ? ' (must not exist)' : ` (uid ${precondition.uid}, version ${precondition.version})`;

function list(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, MAX_LIST).flatMap((line) => quote(line, MAX_LINE));
  const rest = lines.length - MAX_LIST;
  return rest > 0 ? [...shown, `and ${rest} more; all of them: sha256:${sha256(lines.join('\n'))}`] : shown;
}

function quote(text: string, max: number): readonly string[] {
  const visible = makeVisible(redactText(text));
  const shown = visible
    .slice(0, max)
    .split('\n')
    .map((line) => `| ${line}`);
  return visible.length > max
    ? [...shown, `cut here: ${visible.length} characters in all, sha256:${sha256(text)}`]
    : shown;
}

const oneLine = (text: string): string => makeVisible(text).replaceAll(/\s+/g, ' ').slice(0, MAX_LINE);
