import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { messageOf } from '../core/errors.ts';

/** A runbook: `skills/<name>/SKILL.md`, front matter and Markdown, in the form that agents know skills in. */
export interface Skill {
  readonly name: string;
  /** What it is for and when to use it. */
  readonly description: string;
  /** The whole file. */
  readonly text: string;
}

const Front = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{1,63}$/),
  description: z.string().min(20).max(1024),
});
const FENCE = /^---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/;
const MAX_CHARACTERS = 32 * 1024;

/**
 * The runbooks of a folder, by name. A folder that is not there holds none; what cannot be read is told to `problem`
 * and left out.
 */
export async function loadSkills(
  folder: string,
  problem: (file: string, reason: string) => void,
): Promise<readonly Skill[]> {
  const names = await readdir(folder).catch(() => []);
  const skills: Skill[] = [];
  for (const name of names.toSorted((a, b) => a.localeCompare(b, 'en'))) {
    const file = join(folder, name, 'SKILL.md');
    try {
      skills.push(parseSkill(name, await readFile(file, 'utf8')));
    } catch (error) {
      problem(file, messageOf(error));
    }
  }
  return skills;
}

/** Throws a plain error that says what is wrong. */
export function parseSkill(folder: string, text: string): Skill {
  if (text.length > MAX_CHARACTERS) throw new Error(`is longer than ${MAX_CHARACTERS} characters`);
  const front = Front.safeParse(parse(FENCE.exec(text)?.[1] ?? ''));
  if (!front.success)
    throw new Error(`its front matter needs a name and a description: ${z.prettifyError(front.error)}`);
  const { name, description } = front.data;
  if (name !== folder) throw new Error(`must stand in a folder named ${name}`);
  return { name, description, text };
}
