import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith } from '../testing.ts';
import { readVault } from './obsidian.ts';

test('notes keep their links, tags, titles and dates; links may be cyclic or lead nowhere', async () => {
  const folder = await folderWith({
    '.obsidian/app.json': '{}',
    '.trash/old.md': 'gone',
    'Homelab.md':
      '---\ntags: [homelab, index]\naliases: [Start]\ncreated: 2026-01-05\n---\n# Home\n\n[[Storage/Longhorn|storage]] and [[dns#Split]] and [[Nowhere]].\n',
    'Storage/Longhorn.md':
      'Back to [[start]]. #storage/block, issue #12, `[[not a link]]`\n\n```\n[[code]] #notatag\n```\n',
    'Network/DNS.md': 'See [home](../Homelab.md) and ![[Homelab]] and [[DNS]].\n',
  });
  const { notes, problems } = await readVault(folder, 'vault');
  expect(problems).toEqual([]);
  const by = Object.fromEntries(notes.map((note) => [note.title, note]));
  expect(notes).toHaveLength(3);
  expect(by['Homelab']).toMatchObject({
    date: '2026-01-05',
    tags: ['homelab', 'index'],
    links: ['obsidian:vault/Storage/Longhorn.md', 'obsidian:vault/Network/DNS.md'],
  });
  expect(by['Longhorn']).toMatchObject({ links: ['obsidian:vault/Homelab.md'], tags: ['storage/block'] });
  expect(by['DNS']?.links).toEqual(['obsidian:vault/Homelab.md']);
});

test('a note that tells symptom, cause and fix is a candidate as well', async () => {
  const folder = await folderWith({
    'Incidents/2026-03-01 NFS.md':
      'Symptom: 48 pods lost their mounts\nCause: fsid=0 in the exports\nFix: remove fsid=0 and remount\n',
  });
  const { candidates } = await readVault(folder, 'vault');
  expect(candidates).toMatchObject([
    {
      date: '2026-03-01',
      from: 'obsidian:vault/Incidents/2026-03-01 NFS.md',
      draft: { title: expect.stringContaining('NFS') },
    },
  ]);
});

test('a note of 50 MB is kept by its beginning, broken front matter as text, and both are told', async () => {
  const folder = await folderWith({
    'big.md': Buffer.alloc(50 * 1024 * 1024, 'word '),
    'broken.md': '---\ntitle: "unclosed\n---\nStill here.\n',
    'fine.md': 'Fine.\n',
  });
  const { notes, problems } = await readVault(folder, 'vault');
  expect(problems.map(({ file }) => file)).toEqual(['big.md', 'broken.md']);
  expect(notes.map(({ title, text }) => [title, text.length < 210_000])).toEqual([
    ['big', true],
    ['broken', true],
    ['fine', true],
  ]);
  expect(notes[1]?.text).toContain('Still here.');
});

test('links of the file system that lead in circles are not followed', async () => {
  const folder = await folderWith({ 'a/note.md': 'text\n' });
  await symlink(folder, join(folder, 'a', 'loop'));
  expect((await readVault(folder, 'vault')).notes).toHaveLength(1);
});
