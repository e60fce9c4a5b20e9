import type { Command } from 'commander';
import { inputError } from '../core/errors.ts';
import type { Lesson } from '../core/lesson.ts';
import type { LessonStore } from '../memory/store.ts';
import type { ContextAudit } from '../memory/transfer/audit/audit.ts';
import type { Kept } from '../memory/transfer/import/keep.ts';
import type { Imported } from '../memory/transfer/import/model.ts';
import type { Kind } from '../memory/transfer/import/read.ts';
import type { SyncedRepository } from '../memory/transfer/sync/sync.ts';
import { type Cli, clock, type Run } from './cli.ts';
import { EXIT } from './exit.ts';
import { addMemoryCopy } from './memory-copy.ts';
import { plural, table } from './print.ts';
import { printable } from './redacted.ts';

const PAGE = 500;
const MOST_DUPLICATES = 30;

interface SyncOptions {
  readonly dryRun?: true;
  readonly remove?: true;
}
interface ImportOptions {
  readonly as?: string;
  readonly dryRun?: true;
}

export default function memory(program: Command, cli: Cli): void {
  const group = program.command('memory').description('carry lessons into and out of files and stores');
  addMemoryCopy(group, cli);
  group
    .command('import')
    .description('candidates and notes from lessons files, instructions, vaults, transcripts and sessions')
    .argument('<path...>', 'files or folders')
    .option('--as <kind>', 'ai-lessons, instructions, obsidian, claude-code, opencode or repository')
    .option('--dry-run', 'show what would be kept, and keep nothing')
    .action(cli.action<[string[]], ImportOptions>(importPaths));
  group
    .command('sync')
    .description('write managed blocks with lessons into repositories; what people wrote stays')
    .argument('<repo...>', 'folders')
    .option('--dry-run', 'show what would be written, and write nothing')
    .option('--remove', 'take the blocks out again')
    .action(cli.action<[string[]], SyncOptions>(syncRepositories));
  group
    .command('export')
    .description('all lessons, notes and links as JSONL and Markdown for git')
    .argument('<folder>')
    .action(
      cli.action<[string], object>(async (run, _options, folder) => {
        const { exportGraph } = await import('../memory/transfer/export/export.ts');
        const done = await withStore(run, (store) => exportGraph(store, folder));
        const what = `${plural(done.lessons, 'lesson')}, ${plural(done.nodes, 'node')}, ${plural(done.links, 'link')}`;
        run.print(done, `${what} in ${folder}; ${plural(done.written.length, 'file')} changed.`);
        return EXIT.done;
      }),
    );
  group
    .command('audit-context')
    .description('what the instructions of repositories cost in tokens, and what stands there twice')
    .argument('<repo...>', 'folders')
    .action(
      cli.action<[string[]], object>(async (run, _options, repositories) => {
        const { auditContext } = await import('../memory/transfer/audit/audit.ts');
        const audit = await auditContext(repositories);
        run.print(audit, auditText(audit));
        return EXIT.done;
      }),
    );
}

async function importPaths(run: Run, { as, dryRun }: ImportOptions, paths: string[]) {
  const [{ readForImport }, { together }, { keepImported }] = await Promise.all([
    import('../memory/transfer/import/read.ts'),
    import('../memory/transfer/import/model.ts'),
    import('../memory/transfer/import/keep.ts'),
  ]);
  const kind = as === undefined ? undefined : await kindOf(as);
  const all: Imported[] = [];
  for (const path of paths) all.push(await readForImport(path, kind));
  const imported = together(all);
  if (dryRun === true) {
    const rows = imported.candidates.map(({ draft, source }) => [source, draft.title]);
    run.print(
      printable(imported),
      String(printable(`${plural(imported.notes.length, 'note')}\n${table(['SOURCE', 'CANDIDATE'], rows)}`)),
    );
  } else {
    const kept = await withStore(run, (store) => keepImported(store, imported, clock.now().toISOString()));
    run.print(printable(kept), keptText(kept));
  }
  for (const { file, line, message } of imported.problems)
    run.note(String(printable(`${file}${line === undefined ? '' : `:${line}`} ${message}`)));
  return EXIT.done;
}

async function kindOf(text: string): Promise<Kind> {
  const { KINDS } = await import('../memory/transfer/import/read.ts');
  const kind = KINDS.find((one) => one === text);
  if (kind === undefined)
    throw inputError(
      'invalid_option',
      `Unable to import as ${text}: there is no such kind.`,
      `Kinds: ${KINDS.join(', ')}.`,
    );
  return kind;
}

function keptText({ added, changed, unchanged, left, notes }: Kept): string {
  return [
    `${plural(added.length, 'new candidate')}, ${changed.length} changed, ${unchanged} known already.`,
    `${plural(notes.added, 'new note')}, ${notes.changed} changed, ${notes.unchanged} known already.`,
    ...(left.length > 0 ? [`Left as a person wrote them: ${left.join(', ')}.`] : []),
    ...(added.length > 0 ? ['A person confirms them; see: steward lessons list --status candidate'] : []),
  ].join('\n');
}

async function syncRepositories(run: Run, { dryRun, remove }: SyncOptions, repositories: string[]) {
  const { syncRepository } = await import('../memory/transfer/sync/sync.ts');
  const lessons = remove === true ? [] : await withStore(run, confirmed);
  const done: SyncedRepository[] = [];
  for (const repository of repositories)
    done.push(await syncRepository(repository, lessons, { isDryRun: dryRun === true, isRemoval: remove === true }));
  const rows = done.flatMap(({ repository, files }) =>
    files.map(({ name, state, why }) => [state, `${repository}/${name}`, why ?? '']),
  );
  run.print(done, rows.length === 0 ? 'Nothing to do.' : table(['STATE', 'FILE', 'WHY'], rows));
  return EXIT.done;
}

async function confirmed(store: LessonStore): Promise<readonly Lesson[]> {
  const all: Lesson[] = [];
  for (;;) {
    const after = all.at(-1)?.id;
    const page = await store.list({ status: 'confirmed', limit: PAGE, ...(after !== undefined && { after }) });
    all.push(...page.map(({ lesson }) => lesson));
    if (page.length < PAGE) return all;
  }
}

function auditText({ files, repositories, duplicates, problems }: ContextAudit): string {
  const rows = files.map((one) => [String(one.tokens), String(one.lines), one.loaded, `${one.repository}/${one.name}`]);
  const sums = repositories.map((one) => [
    one.repository,
    String(one.always),
    String(one.byPath),
    String(one.onDemand),
  ]);
  const twice = duplicates
    .slice(0, MOST_DUPLICATES)
    .map(({ kind, likeness, wasted, files: names }) => [
      String(wasted),
      `${Math.round(likeness * 100)} %`,
      kind,
      names.join(' = '),
    ]);
  return [
    'Tokens are characters divided by four: an estimate.',
    table(['TOKENS', 'LINES', 'LOADED', 'FILE'], rows),
    table(['REPOSITORY', 'ALWAYS', 'BY PATH', 'ON DEMAND'], sums),
    twice.length === 0 ? 'Nothing stands there twice.' : table(['WASTED', 'ALIKE', 'WHAT', 'FILES'], twice),
    ...problems.map(({ file, message }) => `${file} ${message}`),
  ].join('\n\n');
}

/** The configured store, shared or in the data folder, with the lessons of the package brought up to date first. */
async function withStore<T>(run: Run, work: (store: LessonStore) => Promise<T>): Promise<T> {
  const config = await run.config();
  const [{ openStoreNamed }, { loadLessons }, { importLessons }] = await Promise.all([
    import('../app/memory.ts'),
    import('../memory/lesson-file.ts'),
    import('../memory/import.ts'),
  ]);
  const store = await openStoreNamed(config.memory.neo4j === undefined ? 'sqlite' : 'neo4j', config, clock);
  try {
    const { lessons, problems } = await loadLessons(config.memory.lessonsDir);
    for (const { file, message } of problems) run.note(`${file} ${message}`);
    await importLessons(store, lessons, clock.now().toISOString());
    return await work(store);
  } finally {
    await store.close();
  }
}
