import type { Lesson } from '../../../core/lesson.ts';
import { redactText } from '../../../core/redact.ts';
import { bySeverity } from '../../../core/severity.ts';
import type { Scope } from './scopes.ts';

/** Lessons that every session reads: each costs about 50 tokens every time. */
const MAX_WORST = 20;
const MAX_RULES = 40;
const MAX_ENTRIES = 400;

/** The worst first, then by id: the same lessons always give the same text. */
const byWeight = (a: Lesson, b: Lesson): number => bySeverity(a.severity, b.severity) || (a.id < b.id ? -1 : 1);

const HEAD = [
  '## Lessons of this homelab',
  '',
  'Kept by steward. Before you change anything in the homelab:',
  '- Ask `plan_change` of the MCP server steward: it returns the lessons that fit exactly this change, and what has to be acknowledged.',
  '- Use `lessons_search` when something looks odd, and `lesson_record` after each discovery; a person confirms it.',
  '- Never go around a denial; say what you wanted and why.',
];

/** What every session reads: how to ask, and the gravest lessons, in at most `lines` lines. */
export function instructions(lessons: readonly Lesson[], lines: number, lessonsFile: string): string {
  const tail = ['', `All lessons: \`${lessonsFile}\`.`];
  const room = Math.min(MAX_WORST, lines - HEAD.length - tail.length - 2);
  const worst = lessons
    .filter(({ severity }) => severity === 'critical')
    .toSorted(byWeight)
    .slice(0, Math.max(0, room));
  return clean([
    ...HEAD,
    ...(worst.length === 0 ? [] : ['', 'The gravest ones:']),
    ...worst.map(({ title, fix }) => `- **${title}**: ${fix}.`),
    ...tail,
  ]);
}

/** Rules for whoever edits files of one kind. */
export const rules = (scope: Scope, lessons: readonly Lesson[]): string =>
  clean([`# ${scope.title}: lessons`, '', ...lessons.toSorted(byWeight).slice(0, MAX_RULES).map(oneLine)]);

export const frontFor = {
  copilot: ({ globs }: Scope): string => `---\napplyTo: "${globs.join(',')}"\n---\n\n`,
  claude: ({ globs }: Scope): string => `---\npaths:\n${globs.map((glob) => `  - "${glob}"`).join('\n')}\n---\n\n`,
} as const;

/** All lessons by what they are about, each with symptom, cause and fix. */
export function lessonsDocument(lessons: readonly Lesson[]): string {
  const shown = lessons.toSorted(byWeight).slice(0, MAX_ENTRIES);
  const categories = Map.groupBy(shown, categoryOf);
  const names = [...categories.keys()].sort();
  const left = lessons.length - shown.length;
  return clean([
    '# Lessons',
    '',
    `${lessons.length} lessons, each a mistake that was made once. Written by steward; change them there: \`steward lessons show <id>\`.`,
    ...names.flatMap((name) => ['', `## ${name}`, ...(categories.get(name) ?? []).flatMap(entry)]),
    ...(left > 0 ? ['', `${left} more are found by \`steward lessons search\`.`] : []),
  ]);
}

function entry({
  id,
  title,
  severity,
  symptom,
  cause,
  fix,
  wrong_fix: wrong,
  prevention,
  components,
}: Lesson): string[] {
  const named = Object.entries(components).map(([name, range]) => (range === '*' ? name : `${name} ${range}`));
  const line = (label: string, text: string | undefined): string[] =>
    text === undefined ? [] : [`- **${label}**: ${text}`];
  return [
    '',
    `### ${title}`,
    '',
    ...line('Symptom', symptom),
    ...line('Cause', cause),
    ...line('Fix', fix),
    ...line('Wrong fix', wrong),
    ...line('Prevention', prevention),
    ...line('Components', named.length === 0 ? undefined : named.join(', ')),
    `- **Severity**: ${severity} (\`${id}\`)`,
  ];
}

const categoryOf = ({ components }: Lesson): string => Object.keys(components)[0] ?? 'general';

const oneLine = ({ title, fix, wrong_fix: wrong }: Lesson): string =>
  `- **${title}**: ${fix}.${wrong === undefined ? '' : ` Not: ${wrong}.`}`.replaceAll('..', '.');

/** Without secrets and without anything that could end the block it stands in. */
const clean = (lines: readonly string[]): string =>
  redactText(lines.join('\n')).replaceAll('<!-- steward:', '<!-- steward ');
