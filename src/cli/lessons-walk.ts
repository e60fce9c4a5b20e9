import type { App } from '../app.ts';
import { messageOf } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import type { ReviewItem } from '../memory/learn/review-queue.ts';
import type { Run } from './cli.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { approver } from './people.ts';
import { indent, plural } from './print.ts';
import { printable } from './redacted.ts';

/** Goes through what waits for a person, one by one; without a terminal it is listed. */
export async function review(run: Run): Promise<ExitCode> {
  const app = await run.app();
  const queue = await app.review.queue();
  if (run.isJson || !run.terminal.isInteractive || queue.length === 0) {
    run.print(printable(queue), queue.length === 0 ? 'Nothing waits for a person.' : queue.map(shown).join('\n\n'));
    return EXIT.done;
  }
  const person = approver(await run.config());
  for (const [at, item] of queue.entries()) {
    run.terminal.err(`${at + 1} of ${queue.length}\n${shown(item)}`);
    const answer = await run.terminal.ask(
      '[c]onfirm, [r]etire, [m]erge into <id>, [p]romote guard, [e]dit as file, [s]kip, [q]uit?',
      run.signal,
    );
    if (answer === undefined || /^\s*q/i.test(answer)) break;
    run.terminal.err(await answered(app, item, answer, person));
  }
  return EXIT.done;
}

/** What a failed decision says is shown, and the review goes on. */
async function answered(app: App, { lesson: { id } }: ReviewItem, answer: string, person: Principal): Promise<string> {
  const [word = '', into = ''] = answer.trim().split(/\s+/).slice(0, 2);
  try {
    switch (word.toLowerCase().slice(0, 1)) {
      case 'c':
        await app.review.confirm(id, person);
        return `${id}: confirmed.`;
      case 'r':
        await app.review.retire(id, person);
        return `${id}: retired.`;
      case 'm':
        await app.review.merge(id, into, person);
        return `${id}: merged into ${into}.`;
      case 'p':
        await app.review.promote(id, person);
        return `${id}: its guard acts from now on.`;
      case 'e':
        return `Run: steward lessons edit ${id}`;
      default:
        return `${id}: left as it is.`;
    }
  } catch (error) {
    return String(printable(messageOf(error)));
  }
}

/** Everything that a person needs to decide. Its words may come from outside: it is made safe as one text. */
function shown({ lesson, why, by, counters, evidence, incidents, similar, contradicts, guard }: ReviewItem): string {
  const lines = [
    `${lesson.title}`,
    `${lesson.id}: ${why}, ${lesson.severity}, by ${by}; recurred ${counters.recurred}, source: ${lesson.source}`,
    ...[`symptom: ${lesson.symptom}`, `cause: ${lesson.cause}`, `fix: ${lesson.fix}`].map((line) => indent(line)),
    ...incidents.slice(0, MAX_SHOWN).map(({ title, opened }) => indent(`incident ${opened}: ${title}`)),
    ...evidence
      .slice(0, MAX_SHOWN)
      .map(({ type, digest, excerpt }) => indent(`${type} ${digest.slice(0, 12)}: ${excerpt}`)),
    ...(similar.length > 0 ? [indent(`similar: ${similar.join(', ')}`)] : []),
    ...(contradicts.length > 0 ? [indent(`CONTRADICTS: ${contradicts.join(', ')}`)] : []),
    ...(guard === undefined
      ? []
      : [
          indent(
            `guard (${guard.state}, ${guard.effect}; ${plural(guard.matches, 'match', 'matches')}, ${Math.round(guard.precision * 100)} % right): ${guard.when}`,
          ),
        ]),
  ];
  return String(printable(lines.join('\n')));
}

const MAX_SHOWN = 8;
