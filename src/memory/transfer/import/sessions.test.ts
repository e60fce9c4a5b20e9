import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { folderWith } from '../testing.ts';
import { readForImport } from './read.ts';

const ID = '0b7c2c1e-58c5-4a3e-9a66-3d5b7b3c9f10';
const row = (type: string, content: unknown, more: object = {}) =>
  JSON.stringify({
    type,
    sessionId: ID,
    timestamp: '2026-03-02T10:00:00.000Z',
    uuid: 'u',
    parentUuid: null,
    isSidechain: false,
    cwd: '/home/me/lab',
    message: { role: type, content },
    ...more,
  });
const use = (id: string, command: string, name = 'Bash') =>
  row('assistant', [{ type: 'tool_use', id, name, input: name === 'Bash' ? { command } : { file_path: command } }]);
const result = (id: string, content: string, isError = false) =>
  row('user', [{ type: 'tool_result', tool_use_id: id, content, ...(isError && { is_error: true }) }]);

const CLAUDE = [
  JSON.stringify({ type: 'summary', summary: 'Fix the media namespace', leafUuid: 'x' }),
  row('user', 'Deploy jellyfin please'),
  use('t1', 'cd lab && kubectl apply -f jellyfin.yaml --token=ghp_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789'),
  result(
    't1',
    'Exit code 1\nError from server (Forbidden): pods "jellyfin-7d9f8c6b5-x2k4p" is forbidden: violates PodSecurity "restricted:latest"',
    true,
  ),
  row('assistant', [{ type: 'text', text: 'The problem is that the namespace enforces restricted. I will label it.' }]),
  use('t2', 'kubectl get ns media --show-labels'),
  result('t2', 'media Active'),
  use('t3', 'kubectl label ns media pod-security.kubernetes.io/enforce=baseline --overwrite'),
  result('t3', 'namespace/media labeled'),
  use('t4', 'kubectl apply -f jellyfin.yaml'),
  result('t4', 'deployment.apps/jellyfin created'),
  use('t5', 'npm test'),
  result('t5', 'Exit code 1\n3 tests failed', true),
  use('t6', 'npm test'),
  result('t6', 'ok'),
  use('t7', 'helm upgrade loki grafana/loki'),
  result('t7', 'Error: UPGRADE FAILED: timed out', true),
  'this line is broken {',
].join('\n');

test('what failed in a transcript and what made it work becomes one candidate, without secrets', async () => {
  const folder = await folderWith({ [`${ID}.jsonl`]: CLAUDE });
  const { candidates, sessions, problems } = await readForImport(join(folder, `${ID}.jsonl`));
  expect(candidates).toHaveLength(1); // tests of code, and failures that were never solved, are none
  expect(candidates[0]).toMatchObject({
    date: '2026-03-02',
    from: `claude-code:${ID}`,
    draft: {
      title: expect.stringMatching(/^kubectl apply fails: Error from server/),
      components: { kubectl: '*' },
      severity: 'low',
    },
  });
  expect(candidates[0]?.draft.fix).toContain('pod-security.kubernetes.io/enforce=baseline');
  expect(candidates[0]?.draft.fix).not.toContain('get ns');
  expect(candidates[0]?.draft.cause).toContain('enforces restricted');
  expect(JSON.stringify(candidates)).not.toContain('ghp_');
  expect(sessions).toEqual([
    {
      key: `claude-code:${ID}`,
      title: 'Fix the media namespace',
      client: 'claude-code',
      started: '2026-03-02T10:00:00.000Z',
    },
  ]);
  expect(problems).toMatchObject([{ line: 18 }]);
});

test('a folder of transcripts is read whole', async () => {
  const folder = await folderWith({ [`-home-me-lab/${ID}.jsonl`]: CLAUDE });
  expect((await readForImport(folder)).sessions).toHaveLength(1);
});

const state = (status: string, command: string, more: object) => ({
  status,
  input: { command },
  title: command,
  metadata: { exit: 0 },
  time: { start: 1_767_225_600_000, end: 1_767_225_601_000 },
  ...more,
});
const PARTS = [
  { id: 'prt_1', type: 'text', text: 'I will scrub.' },
  {
    id: 'prt_2',
    type: 'tool',
    tool: 'bash',
    callID: 'c1',
    state: state('completed', 'sudo zfs destroy tank/k8s/old', {
      output: 'cannot destroy: dataset is busy',
      metadata: { exit: 1 },
    }),
  },
  { id: 'prt_3', type: 'text', text: 'This is because an iSCSI target still holds it.' },
  {
    id: 'prt_4',
    type: 'tool',
    tool: 'bash',
    callID: 'c2',
    state: state('completed', 'targetcli /iscsi delete iqn.2026-01.lan.nas:old', { output: 'Deleted' }),
  },
  {
    id: 'prt_5',
    type: 'tool',
    tool: 'bash',
    callID: 'c3',
    state: state('completed', 'sudo zfs destroy tank/k8s/old', { output: '' }),
  },
];
const SESSION = {
  id: 'ses_1',
  title: 'Old dataset',
  directory: '/home/me',
  time: { created: 1_767_225_600_000, updated: 1_767_225_700_000 },
};
const MESSAGE = { id: 'msg_1', sessionID: 'ses_1', role: 'assistant', time: { created: 1_767_225_600_000 } };
const EXPECTED = {
  candidates: [
    {
      date: '2026-01-01',
      draft: {
        symptom: expect.stringContaining('dataset is busy'),
        fix: expect.stringContaining('targetcli'),
        cause: expect.stringContaining('iSCSI target'),
      },
    },
  ],
  sessions: [{ key: 'opencode:ses_1', title: 'Old dataset', client: 'opencode' }],
};

test('an exported session of OpenCode', async () => {
  const folder = await folderWith({
    'session.json': JSON.stringify({ info: SESSION, messages: [{ info: MESSAGE, parts: PARTS }] }),
  });
  expect(await readForImport(join(folder, 'session.json'))).toMatchObject(EXPECTED);
});

test('the storage folder of OpenCode, with a broken file in it', async () => {
  const folder = await folderWith({
    'session/proj/ses_1.json': JSON.stringify(SESSION),
    'message/ses_1/msg_1.json': JSON.stringify(MESSAGE),
    ...Object.fromEntries(PARTS.map((part) => [`part/msg_1/${part.id}.json`, JSON.stringify(part)])),
    'part/msg_1/prt_9.json': '{',
  });
  const read = await readForImport(folder);
  expect(read).toMatchObject(EXPECTED);
  expect(read.problems).toHaveLength(1);
});

test('the database of OpenCode', async () => {
  const folder = await folderWith({});
  const path = join(folder, 'opencode.db');
  const db = new Database(path);
  db.exec(`CREATE TABLE session (id TEXT PRIMARY KEY, title TEXT, time_created INTEGER);
    CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, data TEXT);
    CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, time_created INTEGER, data TEXT);`);
  db.prepare('INSERT INTO session VALUES (?, ?, ?)').run('ses_1', 'Old dataset', SESSION.time.created);
  db.prepare('INSERT INTO message VALUES (?, ?, ?, ?)').run(
    'msg_1',
    'ses_1',
    1,
    JSON.stringify({ role: 'assistant', time: MESSAGE.time }),
  );
  for (const part of PARTS)
    db.prepare('INSERT INTO part VALUES (?, ?, ?, ?, ?)').run(part.id, 'msg_1', 'ses_1', 1, JSON.stringify(part));
  db.close();
  expect(await readForImport(path)).toMatchObject(EXPECTED);
});

test('a database of something else is refused', async () => {
  const folder = await folderWith({ 'other.db': 'not a database at all, but long enough to look at' });
  await expect(readForImport(join(folder, 'other.db'))).rejects.toMatchObject({ code: 'not_an_opencode_session' });
});
