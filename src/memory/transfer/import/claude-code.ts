import { createReadStream } from 'node:fs';
import * as z from 'zod';
import { redactText } from '../../../core/redact.ts';
import { candidatesFrom, MAX_PER_SESSION, type Step } from './episodes.ts';
import type { Imported, ImportProblem } from './model.ts';
import { boundedLines, oneLine, plain } from './text.ts';

const MAX_LINE = 4 * 1024 * 1024;
const MAX_OUTPUT = 20_000;
const MAX_PROBLEMS = 20;

const Block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.unknown().optional(),
  tool_use_id: z.string().optional(),
  is_error: z.boolean().nullish(),
  content: z.unknown().optional(),
});
type Block = z.output<typeof Block>;

const Row = z.looseObject({
  type: z.string().optional(),
  sessionId: z.string().optional(),
  timestamp: z.string().optional(),
  isMeta: z.boolean().optional(),
  summary: z.string().optional(),
  message: z
    .looseObject({ role: z.string().optional(), content: z.union([z.string(), z.array(z.unknown())]).optional() })
    .optional(),
});

/** A transcript of Claude Code (`~/.claude/projects/<folder>/<session>.jsonl`), read line by line; a broken line is told and passed over. */
export async function readClaudeTranscript(path: string, name: string): Promise<Imported> {
  const session = new Session(name);
  let number = 0;
  for await (const line of boundedLines(createReadStream(path, 'utf8'), MAX_LINE)) session.take(line, ++number);
  return session.imported();
}

/** True when the first lines of a `.jsonl` file look like a transcript. */
export const isClaudeRow = (line: string): boolean => {
  const row = rowOf(line);
  return (
    row !== undefined && (row.sessionId !== undefined || row.summary !== undefined) && typeof row.type === 'string'
  );
};

class Session {
  readonly #name: string;
  readonly #steps: Step[] = [];
  readonly #problems: ImportProblem[] = [];
  readonly #calls = new Map<
    string,
    { readonly tool: string; readonly command: string; readonly at: string | undefined }
  >();
  #id: string | undefined;
  #title: string | undefined;
  #started: string | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** `line` is undefined when it was too long to be read. */
  take(line: string | undefined, number: number): void {
    if (line?.trim() === '') return;
    const row = line === undefined ? undefined : rowOf(line);
    if (row === undefined)
      this.#broken(number, line === undefined ? `is longer than ${MAX_LINE} characters` : 'is not a record');
    else this.#row(row);
  }

  #broken(line: number, why: string): void {
    if (this.#problems.length < MAX_PROBLEMS)
      this.#problems.push({ file: this.#name, line, message: `${why}; passed over` });
  }

  #row({ sessionId, summary, timestamp, isMeta, message, type }: z.output<typeof Row>): void {
    this.#id ??= sessionId;
    this.#title ??= summary;
    this.#started ??= timestamp;
    const content = isMeta === true ? undefined : message?.content;
    if (typeof content === 'string') this.#say(content, type);
    else for (const block of content ?? []) this.#block(Block.safeParse(block).data, type, timestamp);
  }

  #say(text: string, by: string | undefined): void {
    if (by === 'assistant') this.#steps.push({ kind: 'said', text });
    else if (!text.startsWith('<')) this.#title ??= text; // a person's first words; commands of the client stand in tags
  }

  #block(block: Block | undefined, by: string | undefined, at: string | undefined): void {
    if (block?.type === 'text') this.#say(block.text ?? '', by);
    else if (block?.type === 'tool_use' && block.id !== undefined) {
      const tool = block.name ?? 'tool';
      this.#calls.set(block.id, { tool, command: commandOf(tool, block.input), at });
    } else if (block?.type === 'tool_result') this.#result(block);
  }

  #result({ tool_use_id: id = '', is_error: isError, content }: Block): void {
    const call = this.#calls.get(id);
    if (call === undefined) return; // its call was in another file
    this.#calls.delete(id);
    const output = outputOf(content).slice(0, MAX_OUTPUT);
    this.#steps.push({ kind: 'did', ...named(call), failed: isError === true, output });
  }

  imported(): Imported {
    const id = this.#id ?? this.#name.replace(/^.*\//, '').replace(/\.jsonl$/, '');
    const key = `claude-code:${id}`;
    const candidates = candidatesFrom(this.#steps, { source: `claude-code session ${id}`, from: key });
    const full =
      candidates.length === MAX_PER_SESSION
        ? [{ file: this.#name, message: `only the first ${MAX_PER_SESSION} failures were taken` }]
        : [];
    const title = oneLine(redactText(plain(this.#title ?? id)), 120);
    return {
      candidates,
      notes: [],
      sessions:
        this.#steps.length === 0
          ? []
          : [{ key, title, client: 'claude-code', ...(this.#started !== undefined && { started: this.#started }) }],
      problems: [...this.#problems, ...full],
    };
  }
}

const named = ({ tool, command, at }: { tool: string; command: string; at: string | undefined }) => ({
  tool,
  command,
  ...(at !== undefined && { at }),
});

function rowOf(line: string): z.output<typeof Row> | undefined {
  try {
    return Row.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** The command line of a shell call; for other tools their name with path or name of what they are about. */
export function commandOf(tool: string, input: unknown): string {
  const fields = z.record(z.string(), z.unknown()).safeParse(input).data ?? {};
  const { command } = fields;
  if (typeof command === 'string') return command.slice(0, 4_000);
  const about = ['file_path', 'filePath', 'path', 'action', 'kind', 'namespace', 'name']
    .map((key) => fields[key])
    .filter((value): value is string => typeof value === 'string');
  return [tool, ...about].join(' ').slice(0, 4_000);
}

function outputOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const blocks = z.array(Block).safeParse(content).data ?? [];
  return blocks.map(({ text }) => text ?? '').join('\n');
}
