import type { Access } from './access.ts';
import type { ProxmoxCluster } from './cluster.ts';
import { type Call, type Caller, Counted, type Endpoint, type Right } from './endpoint.ts';
import { endpoints } from './endpoints/index.ts';
import { ApiFault, failure, forbidden, invalid } from './fault.ts';
import { faultsOf } from './parameter.ts';
import { findRoute, type Route } from './route.ts';
import { isQuorate } from './state.ts';

export interface ApiRequest {
  readonly method: string;
  /** Below `/api2/json`, as it was sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly params: ReadonlyMap<string, string>;
}

export interface ApiReply {
  readonly status: number;
  readonly reason: string;
  /** '' = no body at all. */
  readonly body: string;
}

export interface Api {
  readonly cluster: ProxmoxCluster;
  readonly access: Access;
  /** The node that takes the requests. */
  readonly entry: string;
  readonly fingerprint: string | undefined;
}

/** One request: who asks, which endpoint, may they, whose node is it, are the parameters right; then it is done. */
export function answer(api: Api, request: ApiRequest): ApiReply {
  const { cluster } = api;
  cluster.settle();
  try {
    const route = findRoute(endpoints, request.method, request.path);
    const caller = callerOf(api, request, route);
    if (!route) throw new ApiFault(501, `Method '${request.method} ${request.path}' not implemented`);
    return success(dispatch(api, request, route, caller));
  } catch (error) {
    if (error instanceof ApiFault) return refusal(error, cluster.state.version);
    throw error;
  }
}

const NOBODY: Caller = { user: '', isRoot: false, has: () => false, all: () => ({}) };

/** The login is open to everybody; all else, also what is not there, asks who it is first. */
function callerOf({ access, cluster }: Api, { headers, method }: ApiRequest, route: Route | undefined): Caller {
  if (route?.endpoint.right === 'world') return NOBODY;
  const caller = access.callerOf(headers, method, cluster.time.now());
  if (route?.endpoint.noToken && caller.user.includes('!'))
    throw new ApiFault(403, 'Permission denied - no token allowed');
  return caller;
}

function dispatch(api: Api, request: ApiRequest, { endpoint, inPath }: Route, caller: Caller): unknown {
  const params = new Map(request.params);
  for (const [name, value] of inPath) {
    if ((params.get(name) ?? value) !== value)
      throw invalid({ [name]: `duplicate parameter (already defined in URI) with conflicting values!` });
    params.set(name, value);
  }
  checkRights(endpoint, params, caller);
  checkNode(api, params.get('node'), inPath.has('node'));
  const faults = faultsOf(params, endpoint.params);
  if (Object.keys(faults).length > 0) throw invalid(faults);
  checkQuorum(api, endpoint);
  const { cluster, access, entry, fingerprint } = api;
  const call: Call = {
    cluster,
    caller,
    params,
    entry,
    fingerprint,
    login: (username, password) => access.login(username, password, cluster.time.now()),
  };
  return endpoint.run(call);
}

const isRight = (right: Endpoint['right']): right is Right => typeof right === 'object' && 'path' in right;

function checkRights({ right }: Endpoint, params: ReadonlyMap<string, string>, caller: Caller): void {
  if (right === 'all' || right === 'world') return;
  for (const { path, any } of isRight(right) ? [right] : right) {
    const at = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params.get(name) ?? '');
    if (!any.some((privilege) => caller.has(at, privilege))) throw forbidden(at, any);
  }
}

/** The node of the path answers by way of the one that was asked; the names of others are looked up as host names. */
function checkNode({ cluster: { state }, entry }: Api, node: string | undefined, isInPath: boolean): void {
  if (!isInPath || node === undefined || node === entry || node === 'localhost') return;
  const found = state.nodes.get(node);
  const [first = ''] = node.split('.');
  if (!found && node.includes('.') && state.nodes.has(first))
    throw new ApiFault(596, 'tls_process_server_certificate: certificate verify failed');
  if (!found)
    throw failure(
      `hostname lookup '${node}' failed - failed to get address info for: ${node}: Name or service not known`,
    );
  if (!found.online)
    throw new ApiFault(595, 'Errors during connection establishment, proxy handshake: No route to host');
}

function checkQuorum({ cluster }: Api, { method, needsQuorum }: Endpoint): void {
  if (method === 'GET' || needsQuorum === false || isQuorate(cluster.state)) return;
  throw failure('cluster not ready - no quorum?');
}

function success(data: unknown): ApiReply {
  const body = data instanceof Counted ? { data: data.data, total: data.total } : { data };
  return { status: 200, reason: 'OK', body: JSON.stringify(body) };
}

/** Since 8.4 the text stands in the body as well; before, and of refused logins, in the status line alone. */
export function refusal(fault: ApiFault, version: string): ApiReply {
  const { status, errors, message } = fault;
  const reason = message.replaceAll(/[^\x20-\x7e]+/g, ' ').trim();
  if (status === 401 || status > 590) return { status, reason, body: '' };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > 8 || (major === 8 && minor >= 4);
  const body = { data: null, ...(errors && { errors }), ...(isNew && { message: `${message}\n` }) };
  return { status, reason, body: JSON.stringify(body) };
}
