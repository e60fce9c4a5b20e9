import { expect, test } from 'vitest';
import { importedLayer, importsOf, layerOf, type SourceFile, sources } from './sources.ts';

/** Who may import whom; `.` (`app.ts`, `cli.ts`) and `app/`, the parts of the one place that builds things, may import everything. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  config: ['core'],
  clients: ['core'],
  world: ['core', 'clients'],
  checks: ['core', 'world'],
  memory: ['core'],
  guard: ['core', 'world', 'checks', 'memory'],
  tools: ['core', 'clients', 'world', 'memory'],
  lab: ['core'],
  server: ['core', 'config', 'clients', 'world', 'checks', 'memory', 'guard', 'tools'],
  cli: ['.', 'app', 'core', 'config', 'clients', 'world', 'checks', 'memory', 'guard', 'tools', 'lab', 'server'],
};

function forbidden(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const from = layerOf(file.path);
    if (from === '.' || from === 'app') return [];
    const allowed = ALLOWED[from];
    if (!allowed) return [`${file.path} is in a folder that the layer table does not know`];
    return file.imports
      .map((specifier) => importedLayer(file, specifier))
      .filter((to) => to !== undefined && to !== from && !allowed.includes(to))
      .map((to) => `${file.path} imports ${to}`);
  });
}

const only = (pattern: RegExp, allowed: RegExp): string[] =>
  sources()
    .filter(({ path, text }) => !allowed.test(path) && pattern.test(text))
    .map(({ path }) => path);

const importing = (name: RegExp, allowed: RegExp): string[] =>
  sources()
    .filter(({ path, imports }) => !allowed.test(path) && imports.some((specifier) => name.test(specifier)))
    .map(({ path }) => path);

test('every import goes down the layer table', () => {
  const files = sources();
  expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(100);
  expect(forbidden(files)).toEqual([]);
});

test('a planted violation is found', () => {
  const planted = "import type { Gate } from '../guard/gate.ts';\nconst x = await import('../server/http.ts');";
  const file = { path: 'src/tools/planted.ts', text: planted, imports: importsOf(planted) };
  expect(forbidden([file])).toEqual(['src/tools/planted.ts imports guard', 'src/tools/planted.ts imports server']);
  expect(forbidden([{ path: 'src/misc/x.ts', text: '', imports: [] }])).toHaveLength(1);
});

test('only config/ reads the environment', () => {
  expect(only(/process\.env/, /^src\/config\//)).toEqual([]);
});

test('only clients/ starts programs', () => {
  expect(importing(/^(node:)?child_process$/, /^src\/clients\//)).toEqual([]);
});

test('nothing builds a shell string', () => {
  expect(only(/\bexecSync\(|shell:\s*true|\bexec\(\s*`/, /^$/)).toEqual([]);
});

test('only server/ imports the MCP server SDK', () => {
  expect(importing(/^@modelcontextprotocol\/(server|node|hono|sdk)/, /^src\/server\//)).toEqual([]);
});

test('only the guard mints permits, and only the kubernetes client sends to a cluster', () => {
  expect(only(/as (unknown as )?Permit\b/, /^src\/guard\//)).toEqual([]);
  expect(only(/\bhttps?\.request\(/, /^src\/clients\//)).toEqual([]);
});

test('nothing writes to stdout but the one writer of the CLI', () => {
  expect(only(/process\.stdout|console\./, /^src\/(cli\.ts|cli\/)/)).toEqual([]);
});

test('the clock comes in through arguments', () => {
  expect(only(/\bDate\.now\(\)|new Date\(\)/, /^src\/core\/clock\.ts$/)).toEqual([]);
});

test('files stay readable: none past 400 lines', () => {
  expect(
    sources()
      .filter(({ text }) => text.split('\n').length > 400)
      .map(({ path }) => path),
  ).toEqual([]);
});
