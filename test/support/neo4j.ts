import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RealNeo4j {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a real Neo4j from a folder with `up.sh VERSION STATE_DIR PORT` that prints READY (TEST_REAL_NEO4J),
 * on loopback. `javaHome` chooses the JDK: calendar releases need 21 or newer.
 */
export async function startNeo4j(folder: string, version: string, port: number, javaHome?: string): Promise<RealNeo4j> {
  const state = mkdtempSync(join(tmpdir(), 'neo4j-'));
  const env = { ...process.env, ...(javaHome && { JAVA_HOME: javaHome }) };
  const child = spawn(join(folder, 'up.sh'), [version, state, String(port)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await ready(child);
  return {
    url: `bolt://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGTERM');
      await Promise.race([once(child, 'exit'), new Promise((resolve) => setTimeout(resolve, 10_000).unref())]);
      child.kill('SIGKILL');
      rmSync(state, { recursive: true, force: true });
    },
  };
}

function ready(child: ChildProcess): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`Neo4j was not ready within 150 s: ${said.slice(-2000)}`)),
      150_000,
    );
    const hear = (chunk: unknown) => {
      said += String(chunk);
      if (said.includes('READY')) {
        clearTimeout(timer);
        resolve();
      }
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => reject(new Error(`Neo4j ended with ${code}: ${said.slice(-2000)}`)));
  });
}
