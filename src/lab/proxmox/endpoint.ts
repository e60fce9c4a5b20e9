import type { ProxmoxCluster } from './cluster.ts';
import { failure } from './fault.ts';
import type { Parameters } from './parameter.ts';
import { node, required, vmid } from './parameter.ts';
import type { GuestState, GuestType } from './state.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Who asks. */
export interface Caller {
  /** `root@pam` or `root@pam!steward`. */
  readonly user: string;
  /** A ticket of root@pam: what refuses tokens is open to it alone. */
  readonly isRoot: boolean;
  has(path: string, privilege: string): boolean;
  /** Path -> privileges, everything the caller has. */
  all(): Readonly<Record<string, readonly string[]>>;
}

export interface Call {
  readonly cluster: ProxmoxCluster;
  readonly caller: Caller;
  readonly params: ReadonlyMap<string, string>;
  /** The node that took the request. */
  readonly entry: string;
  /** SHA-256 of its certificate, when it speaks TLS. */
  readonly fingerprint: string | undefined;
  /** Throws 401. */
  login(username: string, password: string): { readonly ticket: string; readonly csrf: string };
}

/** Data, or data with a total beside it. */
export class Counted {
  readonly data: unknown;
  readonly total: number;
  constructor(data: unknown, total: number) {
    this.data = data;
    this.total = total;
  }
}

export interface Right {
  /** `/vms/{vmid}`: filled in from the parameters. */
  readonly path: string;
  /** One of them is enough. */
  readonly any: readonly string[];
}

export interface Endpoint {
  readonly method: Method;
  readonly path: string;
  /** `all` = everybody who is logged in, the answer shows what they may see; `world` = everybody. */
  readonly right: Right | readonly Right[] | 'all' | 'world';
  readonly params: Parameters;
  /** Writes below /etc/pve, which is read-only without quorum. */
  readonly needsQuorum?: boolean;
  /** Refuses tokens. */
  readonly noToken?: boolean;
  readonly run: (call: Call) => unknown;
}

export const right = (path: string, ...any: readonly string[]): Right => ({ path, any });
export const onGuest = (...any: readonly string[]): Right => right('/vms/{vmid}', ...any);

export const NODE: Parameters = { node: required(node) };
export const GUEST: Parameters = { ...NODE, vmid: required(vmid) };

export const guestPath = (type: GuestType, rest = ''): string => `/nodes/{node}/${type}/{vmid}${rest}`;

/** One endpoint for each kind of guest. */
export const forBoth = (make: (type: GuestType) => Endpoint): Endpoint[] => [make('qemu'), make('lxc')];

/** A parameter that the table says is there. */
export const of = ({ params }: Call, name: string): string => params.get(name) ?? '';
export const flag = ({ params }: Call, name: string): boolean => params.get(name) === '1';
export const count = ({ params }: Call, name: string, otherwise: number): number =>
  Number(params.get(name) ?? otherwise);

const FOLDER: Readonly<Record<GuestType, string>> = { qemu: 'qemu-server', lxc: 'lxc' };

/** The guest of the path: looked for on the node that is named, as the files lie. Throws 500. */
export function guestOf(call: Call, type: GuestType): GuestState {
  const guest = call.cluster.state.guests.get(count(call, 'vmid', 0));
  const at = of(call, 'node');
  if (!guest || guest.type !== type || guest.node !== at)
    throw failure(`Configuration file 'nodes/${at}/${FOLDER[type]}/${of(call, 'vmid')}.conf' does not exist`);
  return guest;
}
