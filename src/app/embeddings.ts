import { readFile } from 'node:fs/promises';
import type { Config } from '../config/load.ts';
import { configError, messageOf } from '../core/errors.ts';
import type { EmbedderConfig } from '../memory/embed/remote/create.ts';
import type { LessonsService } from '../memory/lessons.ts';
import type { LessonStore } from '../memory/store.ts';
import type { Log } from '../server/log.ts';

/** Training takes seconds of a core: a server that ends before this never starts it. */
const AFTER_MS = 30_000;

interface Needs {
  readonly config: Config;
  readonly log: Log;
  readonly store: LessonStore;
  readonly lessons: LessonsService;
}

/** Brings the vectors up in the background, once the process has lived for a while; returns the way to end it. */
export function embedLater(needs: Needs): () => Promise<void> {
  const stopped = new AbortController();
  if (needs.config.memory.embedder.provider === 'off') return async () => undefined;
  let running: Promise<void> = Promise.resolve();
  const timer = setTimeout(() => {
    running = embed(needs, stopped.signal);
  }, AFTER_MS).unref();
  return async () => {
    clearTimeout(timer);
    stopped.abort();
    await running;
  };
}

async function embed({ config, log, store, lessons }: Needs, signal: AbortSignal): Promise<void> {
  const report = (error: unknown) =>
    log.warn({ reason: messageOf(error) }, 'Lessons could not be embedded; they are found without.');
  try {
    const { startEmbeddings } = await import('../memory/embed/start.ts');
    const embedder = await remoteOf(config.memory.embedder);
    await startEmbeddings({ lessons, store, dataDir: config.dataDir, signal, report, ...(embedder && { embedder }) });
  } catch (error) {
    report(error);
  }
}

type Section = Config['memory']['embedder'];

async function remoteOf({
  provider,
  url,
  model,
  dimension,
  apiKeyFile,
  region,
}: Section): Promise<EmbedderConfig | undefined> {
  if (provider === 'local' || provider === 'off') return undefined;
  const key = apiKeyFile === undefined ? {} : { apiKey: (await readFile(apiKeyFile, 'utf8')).trim() };
  const common = { model: needed('model', model), dimension: needed('dimension', dimension) };
  if (provider === 'bedrock')
    return { provider, region: needed('region', region), ...common, ...key, ...(url && { url }) };
  return provider === 'ollama'
    ? { provider, url: needed('url', url), ...common }
    : { provider, url: needed('url', url), ...common, ...key };
}

function needed<T>(name: string, value: T | undefined): T {
  if (value === undefined)
    throw configError(
      'embedder_incomplete',
      `Unable to use the embedder: memory.embedder.${name} is missing.`,
      'Set it, or leave the provider at "local".',
    );
  return value;
}
