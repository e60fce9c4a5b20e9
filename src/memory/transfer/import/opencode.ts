import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { inputError, messageOf } from '../../../core/errors.ts';
import { redactText } from '../../../core/redact.ts';
import { commandOf } from './claude-code.ts';
import { candidatesFrom, type Step } from './episodes.ts';
import { type Imported, type ImportProblem, together } from './model.ts';
import { oneLine } from './text.ts';

const MAX_EXPORT_BYTES = 200 * 1024 * 1024;
const MAX_PART_BYTES = 4 * 1024 * 1024;
const MAX_OUTPUT = 20_000;

const Session = z.looseObject({
  id: z.string(),
  title: z.string().optional(),
  time: z.looseObject({ created: z.number().optional() }).optional(),
});
const Message = z.looseObject({
  id: z.string(),
  role: z.string(),
  time: z.looseObject({ created: z.number().optional() }).optional(),
});
const Part = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  tool: z.string().optional(),
  state: z
    .looseObject({
      status: z.string(),
      input: z.unknown().optional(),
      output: z.string().optional(),
      error: z.string().optional(),
      metadata: z.looseObject({ exit: z.number().nullish() }).nullish(),
      time: z.looseObject({ start: z.number().optional() }).optional(),
    })
    .optional(),
});
const Export = z.looseObject({
  info: Session,
  messages: z.array(z.looseObject({ info: Message, parts: z.array(z.unknown()) })),
});
type Export = z.output<typeof Export>;

/** What `opencode export` writes: `{ info, messages: [{ info, parts }] }`. Errors (`input`): `not_an_opencode_session`. */
export async function readOpencodeExport(path: string, name: string): Promise<Imported> {
  const { size } = await stat(path);
  if (size > MAX_EXPORT_BYTES)
    return only({ file: name, message: `is larger than ${MAX_EXPORT_BYTES} bytes; not read` });
  const parsed = Export.safeParse(json(await readFile(path, 'utf8')));
  if (!parsed.success)
    throw inputError(
      'not_an_opencode_session',
      `Unable to read ${name}: it is not a session of OpenCode.`,
      'Write one with: opencode export <session>',
    );
  return imported(parsed.data);
}

/** The folder `storage` of OpenCode: `session/<project>/<id>.json`, `message/<session>/<id>.json`, `part/<message>/<id>.json`. */
export async function readOpencodeStorage(folder: string): Promise<Imported> {
  const problems: ImportProblem[] = [];
  const files = async (...parts: string[]): Promise<unknown[]> => {
    const at = join(folder, ...parts);
    const names = await readdir(at).catch(() => []); // a message without parts has no folder
    const found: unknown[] = [];
    for (const name of names.filter((one) => one.endsWith('.json')).sort()) {
      const file = join(...parts, name);
      const value = await readJson(join(at, name));
      if (value === undefined) problems.push({ file, message: 'is not JSON, or too large; passed over' });
      else found.push(value);
    }
    return found;
  };
  const all: Imported[] = [];
  for (const project of (await readdir(join(folder, 'session'))).sort())
    for (const info of valid(Session, await files('session', project))) {
      const messages: Export['messages'] = [];
      for (const message of valid(Message, await files('message', info.id)).toSorted(byTime))
        messages.push({ info: message, parts: await files('part', message.id) });
      all.push(imported({ info, messages }));
    }
  return together([...all, { candidates: [], notes: [], sessions: [], problems }]);
}

const SessionRow = z.object({ id: z.string(), title: z.string().nullable(), time_created: z.number().nullable() });
const DataRow = z.object({ id: z.string(), data: z.string() });

/** The database of newer versions (`opencode.db`), opened read-only. Errors (`input`): `not_an_opencode_session`. */
export async function readOpencodeDatabase(path: string, name: string): Promise<Imported> {
  const { default: Database } = await import('better-sqlite3');
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true });
    try {
      const rows = valid(SessionRow, db.prepare('SELECT id, title, time_created FROM session ORDER BY id').all());
      const messages = db.prepare('SELECT id, data FROM message WHERE session_id = ? ORDER BY time_created, id');
      const parts = db.prepare('SELECT id, data FROM part WHERE message_id = ? ORDER BY id');
      return together(
        rows.map(({ id, title, time_created: created }) =>
          imported({
            info: { id, ...(title !== null && { title }), ...(created !== null && { time: { created } }) },
            messages: valid(DataRow, messages.all(id)).flatMap((row) => {
              const [info] = valid(Message, [{ ...record(json(row.data)), id: row.id }]);
              return info === undefined
                ? []
                : [{ info, parts: valid(DataRow, parts.all(row.id)).map(({ data }) => json(data)) }];
            }),
          }),
        ),
      );
    } finally {
      db.close();
    }
  } catch (error) {
    throw inputError(
      'not_an_opencode_session',
      `Unable to read ${name}: ${messageOf(error)}.`,
      'Name the opencode.db of OpenCode, or export a session.',
    );
  }
}

function imported({ info, messages }: Export): Imported {
  const key = `opencode:${info.id}`;
  const created = info.time?.created;
  const steps = messages.flatMap(({ info: { role }, parts }) =>
    valid(Part, parts).flatMap((part) => stepsOf(part, role)),
  );
  if (steps.length === 0) return together([]);
  return {
    candidates: candidatesFrom(steps, { source: `opencode session ${info.id}`, from: key }),
    notes: [],
    sessions: [
      {
        key,
        title: oneLine(redactText(info.title ?? info.id), 120),
        client: 'opencode',
        ...(created !== undefined && { started: new Date(created).toISOString() }),
      },
    ],
    problems: [],
  };
}

function stepsOf({ type, text, tool = 'tool', state }: z.output<typeof Part>, role: string): Step[] {
  if (type === 'text' && role === 'assistant' && text !== undefined) return [{ kind: 'said', text }];
  if (type !== 'tool' || state === undefined || !['completed', 'error'].includes(state.status)) return [];
  const { time, input, error, output = '' } = state;
  const at = time?.start === undefined ? {} : { at: new Date(time.start).toISOString() };
  return [
    {
      kind: 'did',
      tool,
      command: commandOf(tool, input),
      failed: hasFailed(state),
      output: (error ?? output).slice(0, MAX_OUTPUT),
      ...at,
    },
  ];
}

/** A shell command that ran to its end is `completed` whatever its exit code was. */
const hasFailed = ({ status, metadata }: NonNullable<z.output<typeof Part>['state']>): boolean =>
  status === 'error' || (metadata?.exit ?? 0) !== 0;

const valid = <T>(schema: z.ZodType<T>, all: readonly unknown[]): T[] =>
  all.flatMap((one) => {
    const parsed = schema.safeParse(one);
    return parsed.success ? [parsed.data] : [];
  });

const byTime = (a: z.output<typeof Message>, b: z.output<typeof Message>): number =>
  (a.time?.created ?? 0) - (b.time?.created ?? 0) || (a.id < b.id ? -1 : 1);

const record = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {});

async function readJson(path: string): Promise<unknown> {
  return (await stat(path)).size > MAX_PART_BYTES ? undefined : json(await readFile(path, 'utf8'));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const only = (problem: ImportProblem): Imported => ({ candidates: [], notes: [], sessions: [], problems: [problem] });
