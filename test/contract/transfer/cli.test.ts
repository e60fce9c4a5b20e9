import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { loadLessons } from '../../../src/memory/lesson-file.ts';
import { AI_LESSONS, folderWith } from '../../../src/memory/transfer/testing.ts';

const run = promisify(execFile);
const CLI = new URL('../../../src/cli.ts', import.meta.url).pathname;

test('lessons of one repository reach another, git and the audit by the command line', {
  timeout: 60_000,
}, async () => {
  const { lessons: packaged } = await loadLessons(new URL('../../../lessons', import.meta.url).pathname);
  const dataDir = await folderWith({});
  const one = await folderWith({ 'docs/ai-lessons.md': AI_LESSONS, 'CLAUDE.md': '# One\n' });
  const two = await folderWith({ 'AGENTS.md': '# Two\n' });
  const steward = async (...args: string[]): Promise<unknown> => {
    const { stdout } = await run(process.execPath, [CLI, '--json', '--data-dir', dataDir, 'memory', ...args], {
      timeout: 20_000,
    });
    return JSON.parse(stdout);
  };
  const imported = { added: { length: 5 }, notes: { added: 2 } };
  expect(await steward('import', one)).toMatchObject(imported);
  expect(await steward('import', one)).toMatchObject({
    added: { length: 0 },
    unchanged: 5,
    notes: { added: 0, unchanged: 2 },
  });
  expect(await steward('sync', one, two)).toMatchObject([
    {
      files: [
        { name: 'CLAUDE.md', state: 'changed' },
        { name: 'docs/ai-lessons.md', state: 'changed' },
      ],
    },
    {
      files: [
        { name: 'AGENTS.md', state: 'changed' },
        { name: 'docs/ai-lessons.md', state: 'created' },
      ],
    },
  ]);
  expect(await steward('import', one)).toMatchObject({ added: { length: 0 }, notes: { changed: 0 } });
  expect((await readFile(join(two, 'AGENTS.md'), 'utf8')).startsWith('# Two\n<!-- steward:begin')).toBe(true);
  const out = await folderWith({});
  expect(await steward('export', out)).toMatchObject({ lessons: packaged.length + 5, nodes: 2 });
  expect(await steward('export', out)).toMatchObject({ written: [] });
  expect(await steward('audit-context', one, two)).toMatchObject({ files: { length: 4 } });
});
