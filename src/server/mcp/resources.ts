import {
  type McpServer,
  ResourceNotFoundError,
  ResourceTemplate,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { FoundLesson, Lessons } from '../../core/consult.ts';
import { denied } from '../../core/errors.ts';
import { hasScope, type Session } from '../../core/principal.ts';
import { cleanText } from '../../core/render.ts';
import type { Skill } from '../../memory/skills.ts';

const MAX_LISTED = 500;

/** Confirmed lessons as `lesson://<id>`: a person's client can attach one; agents find them with lessons_search. */
export function registerLessons(server: McpServer, lessons: Lessons, sessionOf: (ctx: ServerContext) => Session): void {
  const confirmed = () => lessons.search({ status: 'confirmed', limit: MAX_LISTED });
  const template = new ResourceTemplate('lesson://{id}', {
    list: async (ctx) => {
      demandRead(sessionOf(ctx));
      const found = await confirmed();
      return {
        resources: found.map(({ lesson }) => ({ uri: `lesson://${lesson.id}`, name: lesson.id, title: lesson.title })),
      };
    },
    complete: {
      id: async (typed) => (await confirmed()).map(({ lesson }) => lesson.id).filter((id) => id.startsWith(typed)),
    },
  });
  const facts = { title: 'Lesson', description: 'What went wrong, why, and what helped.', mimeType: 'text/markdown' };
  server.registerResource('lesson', template, facts, async (uri, { id }, ctx) => {
    const session = sessionOf(ctx);
    demandRead(session);
    const found = typeof id === 'string' ? await lessons.get(id) : undefined;
    // A candidate is not ours yet: it is outside text, and only lessons_search fences that.
    if (found?.lesson.status !== 'confirmed') throw new ResourceNotFoundError(uri.href);
    session.taint.add('lesson');
    return { contents: [{ uri: uri.href, mimeType: 'text/markdown', text: cleanText(markdownOf(found)) }] };
  });
}

function demandRead({ principal }: Session): void {
  if (!hasScope(principal, 'read'))
    throw denied(
      'denied_scope',
      'Unable to read lessons: it needs the scope "read".',
      'Ask the owner for a token with it.',
    );
}

function markdownOf({ lesson }: FoundLesson): string {
  const part = (title: string, text: string | undefined): string[] =>
    text === undefined || text.trim() === '' ? [] : [`## ${title}\n\n${text.trim()}`];
  return [
    `# ${lesson.title}`,
    ...part('Symptom', lesson.symptom),
    ...part('Cause', lesson.cause),
    ...part('Fix', lesson.fix),
    ...part('Wrong fix', lesson.wrong_fix),
    ...part('Prevention', lesson.prevention),
    ...part('More', lesson.body),
  ].join('\n\n');
}

/** Runbooks as `skill://<name>/SKILL.md`; they come with the package or from the operator, and hold nothing from the lab. */
export function registerSkills(
  server: McpServer,
  skills: readonly Skill[],
  sessionOf: (ctx: ServerContext) => Session,
): void {
  for (const { name, description, text } of skills) {
    const facts = { title: name.replaceAll('-', ' '), description, mimeType: 'text/markdown' };
    server.registerResource(`skill-${name}`, `skill://${name}/SKILL.md`, facts, (uri, ctx) => {
      demandRead(sessionOf(ctx));
      return { contents: [{ uri: uri.href, mimeType: 'text/markdown', text }] };
    });
  }
}
