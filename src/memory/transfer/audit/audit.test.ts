import { symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith } from '../testing.ts';
import { auditContext } from './audit.ts';

const words = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => `word${from + index}`).join(' ');

test('every context file is counted by what loads it, with what it imports, over all repositories', async () => {
  const one = await folderWith({
    'CLAUDE.md': '# One\n\nSee @docs/style.md and `@not/this.md` and me@example.org and @missing.md\n',
    'docs/style.md': `${'a'.repeat(400)}\n@more.md @style.md\n`,
    'docs/more.md': '@style.md\n',
    '.github/instructions/tf.instructions.md': 'b'.repeat(41),
    '.claude/skills/gh/SKILL.md': 'c'.repeat(40),
    'README.md': 'no context',
  });
  await symlink(join(one, 'CLAUDE.md'), join(one, 'AGENTS.md'));
  const { files, repositories, problems } = await auditContext([one]);
  const loaded = Object.fromEntries(files.map(({ name, loaded: when, tokens }) => [name, [when, tokens]]));
  expect(loaded).toMatchObject({
    'docs/style.md': ['always', 105],
    'docs/more.md': ['always', 3],
    '.github/instructions/tf.instructions.md': ['by path', 11],
    '.claude/skills/gh/SKILL.md': ['on demand', 10],
  });
  expect(files).toHaveLength(5); // the link to the same file counts once
  expect(repositories).toMatchObject([{ repository: basename(one), byPath: 11, onDemand: 10 }]);
  expect(problems).toMatchObject([{ message: expect.stringContaining('missing.md') }]);
});

test('copies, near copies and long paragraphs are found across repositories; different files are not', async () => {
  const skill = words(0, 300);
  const paragraph = words(5_000, 40);
  const one = await folderWith({
    '.claude/skills/gh/SKILL.md': skill,
    'CLAUDE.md': `${words(1_000, 200)}\n\n${paragraph}\n`,
    'AGENTS.md': words(9_000, 100),
  });
  const two = await folderWith({
    '.claude/skills/gh/SKILL.md': `${skill}\n`,
    'CLAUDE.md': `${words(2_000, 200)}\n\n${paragraph}\n`,
    'AGENTS.md': `${words(9_000, 90)} ${words(20_000, 10)}`,
  });
  const { duplicates } = await auditContext([one, two]);
  expect(duplicates.map(({ kind, files }) => [kind, files.map((name) => name.replace(/^[^/]*\//, ''))])).toEqual([
    ['same file', ['.claude/skills/gh/SKILL.md', '.claude/skills/gh/SKILL.md']],
    ['near copy', ['AGENTS.md', 'AGENTS.md']],
    ['same paragraph', ['CLAUDE.md', 'CLAUDE.md']],
  ]);
  expect(duplicates[0]?.wasted).toBe(Math.ceil(skill.length / 4));
});

test('a folder that is none is refused', async () => {
  await expect(auditContext(['/no/such/folder'])).rejects.toMatchObject({ code: 'not_a_repository' });
});
