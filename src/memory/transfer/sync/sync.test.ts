import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Lesson } from '../../../core/lesson.ts';
import { loadLessons } from '../../lesson-file.ts';
import { readForImport } from '../import/read.ts';
import { folderWith } from '../testing.ts';
import { withoutBlocks } from './blocks.ts';
import { syncRepository } from './sync.ts';

let lessons: readonly Lesson[];
beforeAll(async () => {
  ({ lessons } = await loadLessons(new URL('../../../../lessons', import.meta.url).pathname));
});

const FILES = {
  'CLAUDE.md': '# Project\r\n\r\nBe kind.',
  '.github/copilot-instructions.md': `# Copilot\n\n${'- one more rule\n'.repeat(70)}`,
  'docs/ai-lessons.md':
    '# Ours\n\n## Kubernetes\n\n### An old one\n\n- Symptom: something breaks at night\n- Fix: restart it in the morning\n',
  'kubernetes/media/deployment.yaml': 'kind: Deployment\n',
  'infra/main.tf': '\n',
};
const text = (folder: string, name: string) => readFile(join(folder, name), 'utf8');
const linesOf = (content: string) => content.trimEnd().split('\n').length;

test('instructions, rules and lessons are written; what people wrote stays; a second run changes nothing', async () => {
  const folder = await folderWith(FILES);
  const { files } = await syncRepository(folder, lessons);
  expect(Object.fromEntries(files.map(({ name, state }) => [name, state]))).toEqual({
    '.github/copilot-instructions.md': 'changed',
    'CLAUDE.md': 'changed',
    '.github/instructions/steward-kubernetes.instructions.md': 'created',
    '.claude/rules/steward-kubernetes.md': 'created',
    '.github/instructions/steward-terraform.instructions.md': 'created',
    '.claude/rules/steward-terraform.md': 'created',
    'docs/ai-lessons.md': 'changed',
  });
  for (const [name, before] of Object.entries(FILES)) expect(withoutBlocks(await text(folder, name))).toBe(before);
  for (const name of ['CLAUDE.md', '.github/copilot-instructions.md'])
    expect(linesOf(await text(folder, name))).toBeLessThanOrEqual(100);
  expect(await text(folder, 'CLAUDE.md')).toContain('etcd');
  expect(await text(folder, '.github/instructions/steward-terraform.instructions.md')).toMatch(
    /^---\napplyTo: "\*\*\/\*\.tf,/,
  );
  expect((await syncRepository(folder, lessons)).files.every(({ state }) => state === 'unchanged')).toBe(true);
});

test('what was written is not imported as new lessons', async () => {
  const folder = await folderWith(FILES);
  await syncRepository(folder, lessons);
  expect((await readForImport(folder)).candidates.map(({ draft }) => draft.title)).toEqual(['An old one']);
});

test('--remove gives back what was there, and a dry run writes nothing', async () => {
  const folder = await folderWith(FILES);
  await syncRepository(folder, lessons, { isDryRun: true });
  expect(await readdir(folder)).not.toContain('.claude');
  await syncRepository(folder, lessons);
  await syncRepository(folder, [], { isRemoval: true });
  for (const [name, before] of Object.entries(FILES)) expect(await text(folder, name)).toBe(before);
  const left = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
  expect(left).toHaveLength(Object.keys(FILES).length);
});

test('an empty repository gets AGENTS.md; one that imports it into CLAUDE.md gets the block once', async () => {
  const folder = await folderWith({});
  expect((await syncRepository(folder, lessons)).files.map(({ name }) => name)).toEqual([
    'AGENTS.md',
    'docs/ai-lessons.md',
  ]);
  await writeFile(join(folder, 'CLAUDE.md'), '@AGENTS.md\n');
  const { files } = await syncRepository(folder, lessons);
  expect(files.find(({ name }) => name === 'CLAUDE.md')).toMatchObject({ state: 'left' });
});

test('links, files that are not UTF-8 and rules of people are left as they are', async () => {
  const outside = await folderWith({ 'AGENTS.md': 'elsewhere\n' });
  const folder = await folderWith({
    ...FILES,
    'CLAUDE.md': Buffer.from([0x23, 0xff, 0xfe, 0x0a]),
    '.github/instructions/steward-terraform.instructions.md': '---\napplyTo: "**"\n---\nMine.\n',
  });
  await symlink(join(outside, 'AGENTS.md'), join(folder, 'AGENTS.md'));
  const left = (await syncRepository(folder, lessons)).files.filter(({ state }) => state === 'left');
  expect(left.map(({ name }) => name).sort()).toEqual([
    '.github/instructions/steward-terraform.instructions.md',
    'AGENTS.md',
    'CLAUDE.md',
  ]);
  expect(await text(outside, 'AGENTS.md')).toBe('elsewhere\n');
});

test('a folder that leads out of the repository is not written to', async () => {
  const outside = await folderWith({});
  const folder = await folderWith({ 'AGENTS.md': 'x\n' });
  await mkdir(join(outside, 'docs'));
  await symlink(join(outside, 'docs'), join(folder, 'docs'));
  const { files } = await syncRepository(folder, lessons);
  expect(files.find(({ name }) => name === 'docs/ai-lessons.md')).toMatchObject({ state: 'left' });
  await expect(stat(join(outside, 'docs', 'ai-lessons.md'))).rejects.toThrow();
});

test('a folder that is none is refused', async () => {
  await expect(syncRepository('/no/such/folder', lessons)).rejects.toMatchObject({ code: 'not_a_repository' });
});
