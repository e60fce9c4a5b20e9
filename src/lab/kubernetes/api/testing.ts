import { ManualClock } from '../../../core/clock.ts';
import { ObjectStore } from '../store.ts';
import type { Randomness } from './context.ts';
import { createLabApi, type KubernetesApi } from './lab-api.ts';
import { type KubernetesServer, serveKubernetes } from './server.ts';

/** Counts instead of guessing. */
export function countingRandomness(): Randomness {
  let count = 0;
  return {
    uid: () => `00000000-0000-4000-8000-${String((count += 1)).padStart(12, '0')}`,
    suffix: () => String((count += 1)).padStart(5, 'x'),
    number: (below) => (count += 1) % below,
  };
}

export interface Reply {
  readonly code: number;
  /** Whatever the API answered. */
  readonly body: ReturnType<typeof JSON.parse>;
  readonly warnings: readonly string[];
  readonly text: string;
}

/** An API without controllers, served on loopback, with a clock that stands still. */
export interface TestServer {
  readonly api: KubernetesApi;
  readonly clock: ManualClock;
  readonly server: KubernetesServer;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  close(): Promise<void>;
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const PATCHES: Readonly<Record<string, string>> = {
  PATCH: 'application/merge-patch+json',
};

export async function openServer(token?: string): Promise<TestServer> {
  const clock = new ManualClock('2026-11-01T12:00:00Z');
  const api = createLabApi(new ObjectStore(clock), { random: countingRandomness() });
  const server = await serveKubernetes({ api, ...(token !== undefined && { token }) });
  return {
    api,
    clock,
    server,
    async call(method, path, body, headers = {}) {
      const type = PATCHES[method] ?? 'application/json';
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: { ...(body !== undefined && { 'content-type': type }), 'user-agent': 'test/1', ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const warnings = [...(response.headers.get('warning') ?? '').matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)];
      return {
        code: response.status,
        body: parsed(text),
        warnings: warnings.map(([, warning = '']) => warning.replaceAll(/\\(.)/g, '$1')),
        text,
      };
    },
    close: () => server.close(),
  };
}
