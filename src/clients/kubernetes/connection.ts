import http from 'node:http';
import https from 'node:https';
import * as z from 'zod';
import { sha256 } from '../../core/canonical.ts';
import { configError, messageOf } from '../../core/errors.ts';

/** Where the kubeconfig comes from. Several paths are merged as `KUBECONFIG` is; `text` is used as it stands. */
export type KubeconfigSource =
  | { readonly paths: readonly string[] }
  | { readonly text: string }
  | { readonly inCluster: true };

/** One cluster, ready to be talked to. */
export interface Connection {
  readonly server: URL;
  /** Hash of server address and CA. */
  readonly identity: string;
  /** Namespace of the context. */
  readonly namespace: string;
  readonly context: string;
  /** TLS settings, agent and fresh credentials for one request. */
  options(): Promise<https.RequestOptions>;
  close(): void;
}

// Loading the library costs 0.4 s of CPU and 80 MB, so it waits for the first request.
const library = async () => import('@kubernetes/client-node/dist/config.js');
type KubeConfig = InstanceType<Awaited<ReturnType<typeof library>>['KubeConfig']>;

/** Opens a connection; reads files, sends nothing. Errors: `config` `kubeconfig_unreadable | kubeconfig_context | kubeconfig_plain_http`. */
export async function connect(source: KubeconfigSource, context: string | undefined): Promise<Connection> {
  const config = await load(source);
  choose(config, context);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw noCluster();
  const server = serverUrl(cluster.server);
  return {
    server,
    identity: sha256(`${server.href}\n${cluster.caData ?? cluster.caFile ?? ''}`),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    context: config.getCurrentContext(),
    ...requestOptions(config, server, cluster.proxyUrl !== undefined),
  };
}

function choose(config: KubeConfig, context: string | undefined): void {
  if (context === undefined) return;
  if (!config.getContextObject(context))
    throw configError(
      'kubeconfig_context',
      `Unable to use context "${context}": the kubeconfig has no context of that name.`,
      `Choose one of: ${config
        .getContexts()
        .map(({ name }) => name)
        .join(', ')}.`,
    );
  config.setCurrentContext(context);
}

const noCluster = () =>
  configError(
    'kubeconfig_context',
    'Unable to connect to a cluster: the kubeconfig has no current context with a cluster.',
    'Set one with `kubectl config use-context`, or pass --context.',
  );

async function load(source: KubeconfigSource): Promise<KubeConfig> {
  const { KubeConfig } = await library();
  const config = new KubeConfig();
  try {
    if ('text' in source) config.loadFromString(source.text);
    else if ('inCluster' in source) config.loadFromCluster();
    else {
      for (const [index, path] of source.paths.entries()) {
        if (index === 0) config.loadFromFile(path);
        else {
          const more = new KubeConfig();
          more.loadFromFile(path);
          config.mergeConfig(more, true);
        }
      }
    }
  } catch (error) {
    const where = 'paths' in source ? ` ${source.paths.join(', ')}` : '';
    throw configError(
      'kubeconfig_unreadable',
      `Unable to read the kubeconfig${where}: ${messageOf(error)}.`,
      'Point --kubeconfig or KUBECONFIG at a readable kubeconfig file, or start with --lab to use the built-in lab.',
      error,
    );
  }
  return config;
}

/**
 * A kubeconfig with this one context, named `name`, for programs that take a file: JSON, with every path absolute.
 * It holds the credentials. Errors: those of `connect`.
 */
export async function exportKubeconfig(
  source: KubeconfigSource,
  context: string | undefined,
  name: string,
): Promise<string> {
  const config = await load(source);
  choose(config, context);
  const [cluster, user] = [config.getCurrentCluster(), config.getCurrentUser()];
  if (!cluster || !user) throw noCluster();
  serverUrl(cluster.server);
  const { namespace } = config.getContextObject(config.getCurrentContext()) ?? {};
  config.clusters = [{ ...cluster, name }];
  config.users = [{ ...user, name }];
  config.contexts = [{ cluster: name, user: name, name, ...(namespace !== undefined && { namespace }) }];
  config.setCurrentContext(name);
  return withTokenFile(config.exportConfig());
}

/** The library keeps the token of a pod under a provider of its own; other programs know `tokenFile`. */
function withTokenFile(text: string): string {
  const parsed: unknown = JSON.parse(text, (_key, value: unknown) => {
    const { success, data } = TokenFileUser.safeParse(value);
    return success ? { tokenFile: data['auth-provider'].config.tokenFile } : value;
  });
  return JSON.stringify(parsed);
}

const TokenFileUser = z.looseObject({
  'auth-provider': z.looseObject({ name: z.literal('tokenFile'), config: z.looseObject({ tokenFile: z.string() }) }),
});

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

function serverUrl(text: string): URL {
  const server = URL.canParse(text) ? new URL(text) : undefined;
  if (!server)
    throw configError(
      'kubeconfig_unreadable',
      `Unable to connect to the cluster: "${text}" is not a URL.`,
      'Correct `server` of the cluster in the kubeconfig.',
    );
  if (server.protocol === 'http:' && !LOOPBACK.has(server.hostname))
    throw configError(
      'kubeconfig_plain_http',
      `Unable to connect to ${server.host}: credentials would cross the network unencrypted.`,
      'Use an https server in the kubeconfig.',
    );
  return server;
}

function requestOptions(config: KubeConfig, server: URL, proxied: boolean): Pick<Connection, 'options' | 'close'> {
  const cluster = config.getCurrentCluster();
  // The library refuses http servers unless this is set; serverUrl() has already limited them to loopback.
  if (cluster && server.protocol === 'http:')
    config.clusters = config.clusters.map((one) => (one === cluster ? { ...one, skipTLSVerify: true } : one));
  let agent: http.Agent | undefined;
  return {
    async options() {
      const options: https.RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      if (proxied) return options;
      agent ??= server.protocol === 'http:' ? new http.Agent(POOL) : new https.Agent({ ...POOL, ...tlsOf(options) });
      return { ...options, agent };
    },
    close: () => agent?.destroy(),
  };
}

const POOL = { keepAlive: true, maxSockets: 8 };

function tlsOf({
  ca,
  cert,
  key,
  pfx,
  passphrase,
  rejectUnauthorized,
  servername,
}: https.RequestOptions): https.AgentOptions {
  const all = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
