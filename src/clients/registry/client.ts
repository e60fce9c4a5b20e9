import * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import { type ImageAddress, parseImage } from './image.ts';

/** What is asked of a registry over HTTPS; `fetch` by default. */
export type Fetch = (
  url: string,
  init: { readonly headers: Record<string, string>; readonly signal: AbortSignal },
) => Promise<Response>;

export interface RegistryOptions {
  readonly clock: Clock;
  readonly fetch?: Fetch;
  readonly timeoutMs?: number;
}

const INDEX = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json'];
const SINGLE = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json'];
const ACCEPT = [...INDEX, ...SINGLE].join(', ');
/** A tag may move, and a registry that said no may be back: asked again after a day, or an hour. */
const KEEP_MS = 24 * 3_600_000;
const KEEP_NOTHING_MS = 3_600_000;
const MAX_BYTES = 4 * 1024 * 1024;

const Platform = z.looseObject({ os: z.string(), architecture: z.string() });
const Manifest = z.looseObject({
  manifests: z.array(z.looseObject({ platform: Platform.optional() })).optional(),
  config: z.looseObject({ digest: z.string() }).optional(),
});
const Token = z.looseObject({ token: z.string().optional(), access_token: z.string().optional() });

/**
 * Asks registries anonymously which platforms an image offers (OCI distribution API). Private images, registries that do
 * not answer and odd answers are `undefined`: unknown, never a guess. Answers are kept, since registries count requests.
 */
export class RegistryClient {
  readonly #options: RegistryOptions;
  readonly #kept = new Map<string, { readonly at: number; readonly platforms: readonly string[] | undefined }>();

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  async platformsOf(image: string, signal: AbortSignal): Promise<readonly string[] | undefined> {
    const now = +this.#options.clock.now();
    const kept = this.#kept.get(image);
    if (kept && now - kept.at < (kept.platforms ? KEEP_MS : KEEP_NOTHING_MS)) return kept.platforms;
    const platforms = await this.#ask(parseImage(image), signal).catch(() => undefined);
    if (!signal.aborted) this.#kept.set(image, { at: now, platforms });
    return platforms;
  }

  async #ask(image: ImageAddress, signal: AbortSignal): Promise<readonly string[] | undefined> {
    const base = `https://${image.host}/v2/${image.repository}`;
    const headers: Record<string, string> = { accept: ACCEPT };
    let response = await this.#get(`${base}/manifests/${image.reference}`, headers, signal);
    if (response.status === 401) {
      const token = await this.#token(response.headers.get('www-authenticate') ?? '', image, signal);
      if (token === undefined) return undefined;
      headers['authorization'] = `Bearer ${token}`;
      response = await this.#get(`${base}/manifests/${image.reference}`, headers, signal);
    }
    if (!response.ok) return undefined;
    const { manifests, config } = Manifest.parse(await json(response));
    if (manifests) return unique(manifests.flatMap(({ platform }) => (platform ? [platform] : [])));
    if (!config) return undefined;
    const blob = await this.#get(`${base}/blobs/${config.digest}`, headers, signal);
    return blob.ok ? unique([Platform.parse(await json(blob))]) : undefined;
  }

  /** An anonymous pull token, from where the registry says; only a host of the same registrable name is asked. */
  async #token(
    challenge: string,
    { host, repository }: ImageAddress,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const realm = /realm="([^"]+)"/.exec(challenge)?.[1];
    const service = /service="([^"]+)"/.exec(challenge)?.[1];
    if (realm === undefined || !URL.canParse(realm)) return undefined;
    const url = new URL(realm);
    if (url.protocol !== 'https:' || site(url.hostname) !== site(host)) return undefined;
    if (service !== undefined) url.searchParams.set('service', service);
    url.searchParams.set('scope', `repository:${repository}:pull`);
    const response = await this.#get(url.href, {}, signal);
    if (!response.ok) return undefined;
    const { token, access_token } = Token.parse(await json(response));
    return token ?? access_token;
  }

  #get(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const { fetch: ask = fetch, timeoutMs = 5_000 } = this.#options;
    return ask(url, { headers, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
  }
}

/** `auth.docker.io` and `registry-1.docker.io` are one site. */
const site = (host: string): string => host.replace(/:\d+$/, '').split('.').slice(-2).join('.');

/** Attestations stand in an index as `unknown/unknown`. */
const unique = (platforms: readonly z.output<typeof Platform>[]): string[] => [
  ...new Set(platforms.filter(({ os }) => os !== 'unknown').map(({ os, architecture }) => `${os}/${architecture}`)),
];

async function json(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text.length > MAX_BYTES) throw new Error('the answer is too long');
  return JSON.parse(text);
}
