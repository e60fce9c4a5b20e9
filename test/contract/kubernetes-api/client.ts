import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** A Kubernetes API to run the suite on. The certificate is not checked: it is a disposable one. */
export interface Target {
  readonly url: string;
  readonly token?: string;
  close(): Promise<void>;
}

export interface Answer {
  readonly code: number;
  // The suite looks into answers of many kinds.
  readonly body: any;
  readonly warnings: readonly string[];
  readonly type: string;
}

export interface Ask {
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
}

export const JSON_PATCH = 'application/json-patch+json';
export const MERGE_PATCH = 'application/merge-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const APPLY = 'application/apply-patch+yaml';
export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

export interface WatchEvent {
  readonly type: string;
  readonly object: any;
}

/** An open watch; `next` waits for one more event and fails after five seconds without. */
export interface Watch {
  next(): Promise<WatchEvent>;
  /** Everything that comes until the server ends it. */
  rest(): Promise<WatchEvent[]>;
  close(): void;
}

const WAIT_MS = 10_000;

/** Raw HTTP against the target, the way curl would do it. */
export class Client {
  readonly #target: Target;
  constructor(target: Target) {
    this.#target = target;
  }

  async ask(method: string, path: string, ask: Ask = {}): Promise<Answer> {
    const response = await this.#send(method, path, ask);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const type = response.headers['content-type'] ?? '';
    const header = response.headers['warning'];
    const warnings = (Array.isArray(header) ? header.join(', ') : (header ?? '')).split(/, (?=299 )/).filter(Boolean);
    const body: unknown = type.includes('json') ? JSON.parse(text) : text;
    return { code: response.statusCode ?? 0, body, type, warnings: warnings.map(warningText) };
  }

  get = (path: string, ask?: Ask): Promise<Answer> => this.ask('GET', path, ask);
  post = (path: string, body: unknown, ask?: Ask): Promise<Answer> => this.ask('POST', path, { body, ...ask });
  put = (path: string, body: unknown, ask?: Ask): Promise<Answer> => this.ask('PUT', path, { body, ...ask });
  patch = (path: string, type: string, body: unknown, ask?: Ask): Promise<Answer> =>
    this.ask('PATCH', path, { body, type, ...ask });
  delete = (path: string, body?: unknown, ask?: Ask): Promise<Answer> =>
    this.ask('DELETE', path, { ...(body !== undefined && { body }), ...ask });

  async watch(path: string, ask: Ask = {}): Promise<Watch> {
    const response = await this.#send('GET', path, ask);
    if (response.statusCode !== 200) throw new Error(`watch ${path}: HTTP ${response.statusCode}`);
    const lines = readLines(response);
    const next = async (): Promise<WatchEvent> => {
      const { value, done } = await inTime(lines.next(), `an event of ${path}`);
      if (done === true) throw new Error(`watch ${path} ended`);
      return JSON.parse(value) as WatchEvent;
    };
    return {
      next,
      async rest() {
        const events: WatchEvent[] = [];
        for await (const line of lines) events.push(JSON.parse(line) as WatchEvent);
        return events;
      },
      close: () => response.destroy(),
    };
  }

  #send(method: string, path: string, { body, type, accept = 'application/json' }: Ask): Promise<IncomingMessage> {
    const { url, token } = this.#target;
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const headers = {
      accept,
      'user-agent': 'contract-suite/1.0',
      ...(text !== undefined && {
        'content-type': type ?? 'application/json',
        'content-length': Buffer.byteLength(text),
      }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(new URL(path, url), { method, headers, rejectUnauthorized: false }, resolve);
      request.on('error', reject);
      request.end(text);
    });
  }
}

/** `299 - "text"` -> `text` */
const warningText = (header: string): string => JSON.parse(header.replace(/^299 \S+ /, '')) as string;

async function* readLines(response: IncomingMessage): AsyncGenerator<string, void> {
  let rest = '';
  for await (const chunk of response) {
    rest += String(chunk);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}

async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${WAIT_MS / 1000} s for ${what}`)), WAIT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Asks again until the answer pleases; fails with the last answer. */
export async function eventually<T>(ask: () => Promise<T>, pleases: (answer: T) => boolean, seconds = 20): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (pleases(answer)) return answer;
    if (Date.now() > end)
      throw new Error(`not within ${seconds} s; at last: ${JSON.stringify(answer)?.slice(0, 1500)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
