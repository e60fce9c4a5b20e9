import * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { CheckPermit, Permit } from '../../core/permit.ts';
import { targetLabel } from '../../core/target.ts';
import { type Connection, connect, type KubeconfigSource } from './connection.ts';
import type {
  DryRun,
  KubeKind,
  KubeList,
  KubeObject,
  KubeRef,
  KubernetesWriter,
  KubeWrite,
  ListOptions,
  LogOptions,
} from './contract.ts';
import { discover, findKind, unknownKind } from './discovery.ts';
import type { HttpReply, HttpRequest } from './exchange.ts';
import { refusalOf } from './refusal.ts';
import { collectionPath, objectPath, refOf, requestOf, targetOf, verbsFor } from './requests.ts';
import { type Sender, send } from './send.ts';
import { errorOf } from './status.ts';

const ObjectShape = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});
const ListShape = z.looseObject({
  metadata: z
    .looseObject({
      continue: z.string().optional(),
      remainingItemCount: z.number().optional(),
      resourceVersion: z.string().default(''),
    })
    .default({ resourceVersion: '' }),
  items: z.array(z.looseObject({ metadata: z.looseObject({ name: z.string() }) })).nullable(),
});
const VersionShape = z.looseObject({ gitVersion: z.string() });

const PAGE = 500;
const DISCOVERY_MS = 5 * 60_000;

export interface KubernetesOptions {
  readonly kubeconfig: KubeconfigSource;
  readonly context?: string;
  readonly checkPermit: CheckPermit;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  readonly backoffMs?: readonly number[];
}

/** A client of one cluster. Nothing is read or sent before the first call. */
export function createKubernetesClient(options: KubernetesOptions): KubernetesClient {
  return new KubernetesClient(options);
}

export class KubernetesClient implements KubernetesWriter {
  readonly #options: KubernetesOptions;
  #sender: Promise<Sender> | undefined;
  #connection: Connection | undefined;
  #kinds: { readonly at: number; readonly kinds: readonly KubeKind[] } | undefined;

  constructor(options: KubernetesOptions) {
    this.#options = options;
  }

  async identity(): Promise<string> {
    return (await this.#open()).connection.identity;
  }

  /** Context and server, as people read them: `lab (127.0.0.1:6443)`. */
  async describe(): Promise<string> {
    const { connection } = await this.#open();
    return `${connection.context} (${connection.server.host})`;
  }

  async version(signal: AbortSignal): Promise<string> {
    const reply = await this.#read({ method: 'GET', path: '/version' }, 'read the version', signal);
    return VersionShape.parse(JSON.parse(reply.text)).gitVersion;
  }

  async kinds(signal: AbortSignal): Promise<readonly KubeKind[]> {
    const now = +this.#options.clock.now();
    if (!this.#kinds || now - this.#kinds.at > DISCOVERY_MS) {
      const fetch = (request: HttpRequest, stop: AbortSignal) => this.#read(request, 'list the kinds', stop);
      this.#kinds = { at: now, kinds: await discover(fetch, signal) };
    }
    return this.#kinds.kinds;
  }

  async kind(name: string, signal: AbortSignal): Promise<KubeKind> {
    const found = findKind(await this.kinds(signal), name);
    if (found) return found;
    this.#kinds = undefined; // it may have been installed a moment ago
    const kinds = await this.kinds(signal);
    const again = findKind(kinds, name);
    if (!again) throw unknownKind(kinds, name);
    return again;
  }

  async get(ref: KubeRef, signal: AbortSignal): Promise<KubeObject> {
    const reply = await this.#read(
      { method: 'GET', path: objectPath(ref) },
      `get ${targetLabel(targetOf(ref))}`,
      signal,
    );
    return parseObject(reply);
  }

  async list(kind: KubeKind, options: ListOptions, signal: AbortSignal): Promise<KubeList> {
    const query = {
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      limit: String(options.limit ?? PAGE),
      continue: options.continue,
    };
    const path = collectionPath(kind, options.namespace);
    const reply = await this.#read({ method: 'GET', path, query }, `list ${kind.resource}`, signal);
    const { metadata, items } = ListShape.parse(JSON.parse(reply.text));
    const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
    return {
      // Items of a list carry neither apiVersion nor kind on the wire.
      items: (items ?? []).map((item) => ({ ...item, apiVersion, kind: kind.kind })),
      resourceVersion: metadata.resourceVersion,
      ...(metadata.continue && { continue: metadata.continue }),
      ...(metadata.remainingItemCount !== undefined && { remaining: metadata.remainingItemCount }),
    };
  }

  async listAll(kind: KubeKind, options: ListOptions, signal: AbortSignal): Promise<readonly KubeObject[]> {
    const all: KubeObject[] = [];
    let page: KubeList | undefined;
    do {
      page = await this.list(kind, { ...options, ...(page?.continue && { continue: page.continue }) }, signal);
      all.push(...page.items);
    } while (page.continue);
    return all;
  }

  async logs(namespace: string, pod: string, options: LogOptions, signal: AbortSignal): Promise<string> {
    const pods = await this.kind('v1/Pod', signal);
    const query = Object.fromEntries(
      Object.entries(options).map(([name, value]) => [name, value === undefined ? undefined : String(value)]),
    );
    const request: HttpRequest = {
      method: 'GET',
      path: `${objectPath({ kind: pods, namespace, name: pod })}/log`,
      query,
      accept: '*/*',
    };
    return (await this.#read(request, `read the logs of Pod ${namespace}/${pod}`, signal)).text;
  }

  async dryRun(write: KubeWrite, signal: AbortSignal): Promise<DryRun> {
    const reply = await send(await this.#open(), requestOf(write, true), signal);
    const warnings = warningsOf(reply);
    if (isFine(reply)) return { ...objectIn(reply), warnings };
    const target = targetOf(refOf(write));
    const refusal = refusalOf(target, reply);
    if (!refusal) throw errorOf(`dry-run ${write.verb} ${targetLabel(target)}`, reply);
    return { warnings, refusal };
  }

  async write(write: KubeWrite, permit: Permit, signal: AbortSignal): Promise<KubeObject | undefined> {
    const target = targetOf(refOf(write));
    const right = { target, verbs: verbsFor(write), permit };
    const reply = await send(await this.#open(), requestOf(write, false), signal, right);
    if (!isFine(reply)) throw errorOf(`${write.verb} ${targetLabel(target)}`, reply);
    return objectIn(reply).object;
  }

  close(): void {
    this.#connection?.close();
  }

  async #read(request: HttpRequest, doing: string, signal: AbortSignal): Promise<HttpReply> {
    const reply = await send(await this.#open(), request, signal);
    if (!isFine(reply)) throw errorOf(doing, reply);
    return reply;
  }

  async #open(): Promise<Sender> {
    const opening = this.#sender ?? this.#connect();
    this.#sender = opening;
    // A kubeconfig that could not be read is read again next time: it may have been put right.
    opening.catch(() => (this.#sender = undefined));
    return opening;
  }

  async #connect(): Promise<Sender> {
    const { kubeconfig, context, checkPermit, timeoutMs = 30_000, backoffMs = [200, 800] } = this.#options;
    this.#connection = await connect(kubeconfig, context);
    return { connection: this.#connection, checkPermit, timeoutMs, backoffMs };
  }
}

const isFine = ({ status }: HttpReply): boolean => status >= 200 && status < 300;

const parseObject = (reply: HttpReply): KubeObject => ObjectShape.parse(JSON.parse(reply.text));

/** Deletes and evictions may answer a Status instead of the object. */
function objectIn(reply: HttpReply): { readonly object?: KubeObject } {
  const parsed = ObjectShape.safeParse(JSON.parse(reply.text || '{}'));
  return parsed.success && parsed.data.kind !== 'Status' ? { object: parsed.data } : {};
}

/** Texts of `Warning: 299 - "text"` headers (RFC 7234); a quoted text may hold commas. */
function warningsOf({ headers }: HttpReply): string[] {
  const value = headers['warning'];
  return [...(value ?? '').matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text]) =>
    (text ?? '').replace(/\\(.)/g, '$1'),
  );
}
