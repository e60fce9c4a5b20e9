import { StewardError } from '../../core/errors.ts';
import type { Permit } from '../../core/permit.ts';
import type { CommandResult, CommandRunner } from '../command/spec.ts';
import { argvOf } from './commands.ts';
import type { HostDisk, ZfsReader, ZfsWrite, ZfsWriter } from './contract.ts';
import { parseDisks } from './disks.ts';
import {
  parseBookmarks,
  parseDatasets,
  parseDestroyPreview,
  parseDiskNames,
  parseEvents,
  parsePools,
  parseProperties,
  parseSnapshots,
} from './lists.ts';
import type { Pool } from './model.ts';
import { withGuids } from './status-guids.ts';
import { parseStatusJson } from './status-json.ts';
import { parseStatusText } from './status-text.ts';
import { argvOfWrite, poolOf, touchOf } from './writes.ts';

export interface ZfsOptions {
  readonly runner: CommandRunner;
  readonly readTimeoutMs?: number;
  readonly writeTimeoutMs?: number;
}

export const createZfsClient = (options: ZfsOptions): ZfsWriter => new ZfsClient(options);

class ZfsClient implements ZfsWriter {
  readonly host: string;
  readonly #runner: CommandRunner;
  readonly #readMs: number;
  readonly #writeMs: number;
  #speaksJson: boolean | undefined;

  constructor({ runner, readTimeoutMs = 15_000, writeTimeoutMs = 60_000 }: ZfsOptions) {
    this.host = runner.host;
    this.#runner = runner;
    this.#readMs = readTimeoutMs;
    this.#writeMs = writeTimeoutMs;
  }

  identity(): Promise<string> {
    return this.#runner.identity();
  }

  async version(signal: AbortSignal): Promise<string> {
    const text = await this.#read('version', [], signal);
    return /^zfs-(?:kmod-)?(\S+)/m.exec(text)?.[1] ?? text.trim();
  }

  async kernelState(pool: string, signal: AbortSignal): Promise<string> {
    return (await this.#read('pool_kstat', [`/proc/spl/kstat/zfs/${pool}/state`], signal)).trim();
  }

  async pools(signal: AbortSignal): Promise<readonly Pool[]> {
    if (await this.#hasJson(signal)) return parseStatusJson(await this.#read('status_json', [], signal));
    const text = await this.#read('status_text', [], signal);
    return withGuids(parseStatusText(text), {
      guids: parseStatusText(await this.#read('status_guids', [], signal)),
      again: parseStatusText(await this.#read('status_text', [], signal)),
      space: await this.space(signal),
    });
  }

  async space(signal: AbortSignal): ReturnType<ZfsReader['space']> {
    return parsePools(await this.#read('pools', [], signal));
  }

  async datasets(signal: AbortSignal): ReturnType<ZfsReader['datasets']> {
    return parseDatasets(await this.#read('datasets', [], signal));
  }

  async snapshots(dataset: string | undefined, signal: AbortSignal): ReturnType<ZfsReader['snapshots']> {
    const text =
      dataset === undefined ? this.#read('snapshots', [], signal) : this.#read('snapshots_of', [dataset], signal);
    return parseSnapshots(await text);
  }

  async bookmarks(dataset: string, signal: AbortSignal): ReturnType<ZfsReader['bookmarks']> {
    return parseBookmarks(await this.#read('bookmarks_of', [dataset], signal));
  }

  async userProperties(signal: AbortSignal): ReturnType<ZfsReader['userProperties']> {
    return parseProperties(await this.#read('user_properties', [], signal));
  }

  async properties(dataset: string, signal: AbortSignal): ReturnType<ZfsReader['properties']> {
    return parseProperties(await this.#read('properties_of', [dataset], signal));
  }

  async destroyPreview(snapshot: string, signal: AbortSignal): ReturnType<ZfsReader['destroyPreview']> {
    const { exitCode, stdout, stderr } = await this.#run('destroy_preview', [snapshot], signal);
    return { names: parseDestroyPreview(stdout), ...(exitCode !== 0 && { refusal: firstLine(stderr) }) };
  }

  async disks(signal: AbortSignal): Promise<readonly HostDisk[]> {
    const [blocks, names] = await Promise.all([this.#read('disks', [], signal), this.#read('disk_names', [], signal)]);
    return parseDisks(blocks, parseDiskNames(names));
  }

  async arcstats(signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const rows = (await this.#read('arcstats', [], signal)).matchAll(/^(\w+)\s+\d+\s+(\d+)$/gm);
    return new Map([...rows].map(([, name = '', value]) => [name, Number(value)]));
  }

  async memoryBytes(signal: AbortSignal): Promise<number> {
    return Number(/^MemTotal:\s+(\d+) kB$/m.exec(await this.#read('memory', [], signal))?.[1] ?? 0) * 1024;
  }

  async events(signal: AbortSignal): ReturnType<ZfsReader['events']> {
    return parseEvents(await this.#read('events', [], signal));
  }

  async smart(disk: string, signal: AbortSignal): Promise<unknown> {
    // smartctl's exit code is a bit field in which a failing disk counts as failure: its JSON is what counts.
    const { stdout } = await this.#run('smart', [disk], signal);
    try {
      return JSON.parse(stdout);
    } catch {
      return undefined;
    }
  }

  async write(write: ZfsWrite, permit: Permit, signal: AbortSignal): Promise<CommandResult> {
    const argv = argvOfWrite(write);
    // On a suspended pool a write hangs, and runs by itself once the pool is back: it is never sent.
    if (write.verb !== 'clear') await this.#demandAwake(poolOf(write), signal);
    const right = { touch: touchOf(this.host, write), permit };
    const result = await this.#runner.run({ argv, timeoutMs: this.#writeMs, right }, signal);
    if (result.exitCode !== 0) throw failed(argv, this.host, result);
    return result;
  }

  /** The kernel's own word, which comes even when `zpool` hangs. */
  async #demandAwake(pool: string, signal: AbortSignal): Promise<void> {
    // A pool that is not there has no file: the tool itself says so better.
    const { stdout } = await this.#run('pool_kstat', [`/proc/spl/kstat/zfs/${pool}/state`], signal);
    if (stdout.trim() === 'SUSPENDED') throw suspended(pool, this.host);
  }

  /** `-j` came with 2.3; an older tool answers "invalid option" with exit code 2. */
  async #hasJson(signal: AbortSignal): Promise<boolean> {
    if (this.#speaksJson === undefined) {
      const [major = 0, minor = 0] = (await this.version(signal)).split(/[.-]/).map(Number);
      this.#speaksJson = major > 2 || (major === 2 && minor >= 3);
    }
    return this.#speaksJson;
  }

  async #read(name: string, values: string[], signal: AbortSignal): Promise<string> {
    const result = await this.#run(name, values, signal);
    if (result.exitCode !== 0) throw failed(argvOf(name, ...values), this.host, result);
    return result.stdout;
  }

  #run(name: string, values: string[], signal: AbortSignal): Promise<CommandResult> {
    return this.#runner.run({ argv: argvOf(name, ...values), timeoutMs: this.#readMs }, signal);
  }
}

const suspended = (pool: string, host: string): StewardError =>
  new StewardError(`Unable to change ${pool} on ${host}: the pool is suspended.`, {
    kind: 'target',
    code: 'pool_suspended',
    hint: 'Bring its devices back, then zfs_clear_errors; nothing else can be done to it.',
  });

const firstLine = (text: string): string => text.split('\n')[0]?.trim().slice(0, 300) ?? '';

/** The tool said no. Exit codes tell little (1, 2 or 255); its first line says what. */
const failed = (argv: readonly string[], host: string, { exitCode, stderr, stdout }: CommandResult): StewardError =>
  new StewardError(
    `Unable to run "${argv.join(' ')}" on ${host}: exit ${exitCode}: ${firstLine(stderr || stdout) || 'no word'}.`,
    {
      kind: 'target',
      code: /pool I\/O is currently suspended/.test(stderr) ? 'pool_suspended' : 'zfs_failed',
      hint: 'Look at zfs_status of that pool.',
    },
  );
