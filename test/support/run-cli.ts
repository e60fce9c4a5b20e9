import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const CLI = new URL('../../src/cli.ts', import.meta.url).pathname;

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** A home of its own: no configuration, no kubeconfig, no data of an earlier run. */
export const freshHome = (): string => mkdtempSync(join(tmpdir(), 'steward-home-'));

/** The environment of a fresh machine; nothing of ours leaks in. */
export const environmentOf = (home: string): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  XDG_CACHE_HOME: CACHE,
  // What such a process asks of Proxmox is held to its schema too.
  NODE_OPTIONS: `--import=${new URL('./pve-schema-watch.ts', import.meta.url).href}`,
});

/** Compiled code is the one thing that runs share: they start faster. */
const CACHE = join(tmpdir(), 'steward-test-cache');

/** Runs the real program to its end. */
export function runCli(home: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { ...environmentOf(home), ...options.env },
      cwd: home,
      timeout: options.timeoutMs ?? 50_000,
    });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.on('error', fail);
    child.on('close', (code) => done({ code, out, err }));
    child.stdin.end(options.input ?? '');
  });
}

export interface Started {
  /** The first thing it printed, parsed: commands that serve print one JSON object with `--json`. */
  readonly facts: Record<string, unknown>;
  errText(): string;
  stop(): Promise<number | null>;
}

/** Starts a command that serves until it is stopped, with `--json`, and waits until it says where. */
export async function startCli(home: string, args: readonly string[], options: RunOptions = {}): Promise<Started> {
  const child = spawn(process.execPath, [CLI, '--json', ...args], {
    env: { ...environmentOf(home), ...options.env },
    cwd: home,
  });
  let [out, err] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const facts = await new Promise<Record<string, unknown>>((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`it did not start in time: ${err}`)), options.timeoutMs ?? 40_000);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (!out.trimEnd().endsWith('}')) return;
      clearTimeout(timer);
      done(JSON.parse(out));
    });
    void ended.then((code) => fail(new Error(`it ended with ${code}: ${out}${err}`)));
  });
  return {
    facts,
    errText: () => err,
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
