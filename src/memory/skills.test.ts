import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadLessons } from './lesson-file.ts';
import { loadSkills } from './skills.ts';

const folder = mkdtempSync(join(tmpdir(), 'skills-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const PACKAGED = new URL('../../lessons', import.meta.url).pathname;

test('the runbooks of the package are whole, and every lesson they point to is there', async () => {
  const problems: string[] = [];
  const skills = await loadSkills(join(PACKAGED, 'skills'), (file, reason) => problems.push(`${file}: ${reason}`));
  expect(problems).toEqual([]);
  expect(skills.map(({ name }) => name)).toEqual(['drain-a-node', 'pod-not-starting', 'undo-a-change']);
  const ids = new Set((await loadLessons(PACKAGED)).lessons.map(({ id }) => id));
  for (const { text } of skills) {
    const named = [...text.matchAll(/lesson:\/\/([a-z0-9-]+)/g)].map(([, id]) => id ?? '');
    expect(named.length).toBeGreaterThanOrEqual(2);
    expect(named.filter((id) => !ids.has(id))).toEqual([]);
  }
});

test('a folder that is not there holds none; a broken runbook is told and the others load', async () => {
  expect(await loadSkills(join(folder, 'nothing'), () => expect.unreachable())).toEqual([]);
  const write = (name: string, text: string): void => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'SKILL.md'), text);
  };
  write('good', '---\nname: good\ndescription: What to do when it is time to do good.\n---\nDo good.\n');
  write('misnamed', '---\nname: other\ndescription: What to do when it is time to do good.\n---\n');
  write('bare', 'Do good.');
  const told: string[] = [];
  expect((await loadSkills(folder, (file) => told.push(file))).map(({ name }) => name)).toEqual(['good']);
  expect(told).toHaveLength(2);
});
