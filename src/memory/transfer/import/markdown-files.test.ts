import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Lesson } from '../../../core/lesson.ts';
import { AI_LESSONS, folderWith } from '../testing.ts';
import { candidatesOf } from './lesson-text.ts';
import { sectionsOf } from './markdown.ts';
import { readMarkdownFile } from './markdown-files.ts';
import { readForImport } from './read.ts';

const read = async (name: string, text: string, kind: 'ai-lessons' | 'instructions') =>
  readMarkdownFile(join(await folderWith({ [name]: text }), name), name, kind);

test('every way of telling a lesson becomes a candidate, with its category, date and words', async () => {
  const { candidates, notes, problems } = await read('ai-lessons.md', AI_LESSONS, 'ai-lessons');
  expect(problems).toEqual([]);
  expect(candidates.map(({ draft }) => draft.title)).toEqual([
    'Service selector catches the database',
    'Env vars expand in order',
    'Wrong API group',
    'ARC labels field replaces the defaults',
    'Backup credentials',
  ]);
  const [selector, , group, rule, table] = candidates;
  expect(selector).toMatchObject({
    date: '2026-02-13',
    source: 'ai-lessons ai-lessons.md',
    draft: {
      symptom: 'Half of the requests end in 502 as soon as PostgreSQL runs in the namespace.',
      cause: 'The Service selects only `app.kubernetes.io/name`, which the database pods carry too.',
      fix: 'Add `app.kubernetes.io/component` to the selector.',
      wrong_fix: 'Retries in the ingress.',
      components: { kubernetes: '*' },
    },
  });
  expect(selector?.body).toContain('# Cause: this is a comment in code');
  expect(group).toMatchObject({
    date: '2026-02-22',
    draft: { symptom: 'no matches for kind', fix: 'write summerwind.dev' },
  });
  expect(rule?.draft).toMatchObject({
    fix: 'always include self-hosted explicitly',
    components: { github: '*', actions: '*', arc: '*' },
  });
  expect(rule?.confidence).toBeLessThan(selector?.confidence ?? 0);
  expect(table?.draft).toMatchObject({ fix: 'Restart the longhorn-manager pods', components: { longhorn: '*' } });
  expect(notes).toHaveLength(1);
});

test('a secret in a file reaches neither a candidate nor a note', async () => {
  expect(JSON.stringify(await read('ai-lessons.md', AI_LESSONS, 'ai-lessons'))).not.toContain('AKIAIOSFODNN7EXAMPLE');
});

test('globs of applyTo become the scope of note and candidates', async () => {
  const { candidates, notes } = await read(
    'terraform.instructions.md',
    '---\napplyTo: "**/*.tf,modules/**/*.{hcl,tofu}"\n---\n# Terraform\n\n- cloud-init is not hot-plugged -- always reboot the guest after a change\n',
    'instructions',
  );
  const globs = ['**/*.tf', 'modules/**/*.{hcl,tofu}'];
  expect(candidates[0]?.draft.applies_to).toEqual({ paths: globs });
  expect(notes[0]).toMatchObject({ title: 'Terraform', globs });
});

test('broken front matter is told with its place, and the text is kept', async () => {
  const { notes, problems } = await read(
    'a.instructions.md',
    '---\napplyTo: [unclosed\n---\n# Rules\n\nKeep me.\n',
    'instructions',
  );
  expect(problems).toMatchObject([{ file: 'a.instructions.md', line: 1 }]);
  expect(notes[0]?.text).toContain('Keep me.');
});

test('what steward wrote into a file is not taken in again', async () => {
  const block =
    '<!-- steward:begin: x -->\n### Mine\n\n- Symptom: something odd happens\n- Fix: do this instead of that\n<!-- steward:end -->\n';
  const { candidates, notes } = await read('CLAUDE.md', `# Ours\n\nText of people.\n${block}`, 'instructions');
  expect(candidates).toEqual([]);
  expect(notes[0]?.text).not.toContain('Mine');
});

test('a repository is read by the names of its files', async () => {
  const folder = await folderWith({
    'docs/ai-lessons.md': AI_LESSONS,
    'CLAUDE.md': '# Project\n',
    '.github/instructions/k8s.instructions.md': '---\napplyTo: "**/*.yaml"\n---\nUse labels.\n',
    'src/index.md': '# no instructions\n',
  });
  const { notes, candidates } = await readForImport(folder);
  expect(notes.map(({ path }) => path.replace(/^[^/]*\//, '')).sort()).toEqual([
    '.github/instructions/k8s.instructions.md',
    'CLAUDE.md',
    'docs/ai-lessons.md',
  ]);
  expect(candidates).toHaveLength(5);
});

test('a path that is not there or of no known kind is refused', async () => {
  const folder = await folderWith({ 'a.bin': 'x' });
  await expect(readForImport(join(folder, 'none'))).rejects.toMatchObject({ code: 'import_not_found' });
  await expect(readForImport(join(folder, 'a.bin'))).rejects.toMatchObject({ code: 'import_unknown' });
});

const scrap = fc.constantFrom(
  '# A',
  '## Kubernetes',
  '### x',
  '**Symptom**: a',
  '- Fix: b',
  'Cause:',
  '- **Bold title** (2026-01-02): Fix: c',
  '|a|b|',
  '| Symptom | Fix |',
  '|---|---|',
  '| s | f |',
  '```',
  '- what happens here -- always do that',
  '',
  '  text',
  '> Prevention: d',
  '---',
  '[[',
  '**',
);

test('whatever a file holds, what comes of it is a lesson that can be kept', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(scrap, fc.string()), { maxLength: 30 }), (lines) => {
      for (const section of sectionsOf(lines.join('\n')))
        for (const { draft, confidence, date } of candidatesOf(section, { source: 'ai-lessons f' }))
          expect(
            Lesson.safeParse({ ...draft, id: 'any-id', source: 'any', confidence, valid_from: date }).error,
          ).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

test.each([
  '# ' + '\t'.repeat(150_000) + 'x',
  '- ' + 'a '.repeat(90_000),
  '[['.repeat(90_000),
  ']('.repeat(90_000),
  '```\n'.repeat(40_000),
  '**a'.repeat(60_000),
])('a long line does not keep the import busy for longer than a test may run', async (line) => {
  expect(await read('ai-lessons.md', line, 'ai-lessons')).toBeDefined();
});
