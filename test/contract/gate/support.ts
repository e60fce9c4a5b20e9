import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { systemClock } from '../../../src/core/clock.ts';
import type { ApplyResult } from '../../../src/core/gate.ts';
import type { TracePoint } from '../../../src/guard/deps.ts';
import { callOf, type House, openHouse, seedHomelab } from '../../../src/guard/testing.ts';
import type { Work } from './worker.ts';

const NODE = resolve(import.meta.dirname, '../../../node_modules/.bin/node');
const WORKER = resolve(import.meta.dirname, 'worker.ts');
const MAX_MS = 20_000;

export interface Ended {
  readonly signal: string | null;
  readonly planId: string | undefined;
  readonly result: ApplyResult | undefined;
  readonly stderr: string;
}

export interface Child {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Resolves with the plan's id as soon as it has one. */
  readonly planned: Promise<string>;
  kill(): void;
}

/** A real process on these files. `before` = a program that starts it (strace). */
export function startWorker(work: Work, before: readonly string[] = []): Child {
  const [program = NODE, ...args] = before;
  const own = [WORKER, JSON.stringify(work)];
  const child = spawn(program, before.length === 0 ? own : [...args, NODE, ...own], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: MAX_MS,
  });
  let stdout = '';
  let stderr = '';
  let tellPlan: (id: string) => void = () => undefined;
  const planned = new Promise<string>((found) => {
    tellPlan = found;
  });
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    const [first, rest] = stdout.split('\n', 2);
    if (first !== undefined && rest !== undefined) tellPlan(first);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<Ended>((done, fail) => {
    child.on('error', fail);
    child.on('close', (_code, signal) => {
      const [planId, result] = stdout.split('\n');
      done({
        signal,
        planId: planId || undefined,
        result: result ? (JSON.parse(result) as ApplyResult) : undefined,
        stderr,
      });
    });
  });
  return { pid: child.pid ?? 0, ended, planned, kill: () => child.kill('SIGKILL') };
}

export interface Files {
  readonly path: string;
  readonly clusterPath: string;
  remove(): void;
}

/** A journal and a cluster in fresh files, with the homelab in it. */
export function makeFiles(): Files {
  const folder = mkdtempSync(join(tmpdir(), 'gate-'));
  const files = { path: join(folder, 'journal.db'), clusterPath: join(folder, 'cluster.json') };
  const house = openHouse({ ...files, clock: systemClock });
  seedHomelab(house.cluster);
  house.journal.close();
  return { ...files, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** This process on the same files. */
export const openHere = (files: Files, trace?: (point: TracePoint) => void): House =>
  openHouse({ ...files, clock: systemClock, ...(trace && { trace }) });

export async function planHere(house: House): Promise<string> {
  const input = { namespace: 'media', name: 'web', replicas: 3 };
  return (await house.gate.propose({ action: 'fake_scale', input, reason: '' }, callOf())).id;
}

export const EFFECT = 'patch kubernetes:apps/Deployment/media/web';
