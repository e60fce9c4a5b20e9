import { createHmac } from 'node:crypto';
import type { Caller } from './endpoint.ts';
import { ApiFault } from './fault.ts';
import type { ClusterState, TokenState } from './state.ts';

const words = (text: string): readonly string[] => text.split(' ');
const AUDIT = 'Sys.Audit VM.Audit Datastore.Audit Pool.Audit SDN.Audit Mapping.Audit';
const VM_USER = 'VM.Audit VM.Backup VM.Console VM.Config.CDROM VM.Config.Cloudinit VM.PowerMgmt VM.GuestAgent.Audit';
const VM_ADMIN = `${VM_USER} VM.Allocate VM.Clone VM.Config.CPU VM.Config.Disk VM.Config.HWType VM.Config.Memory VM.Config.Network VM.Config.Options VM.Migrate VM.Replicate VM.Snapshot VM.Snapshot.Rollback VM.GuestAgent.Unrestricted`;
const STORE = 'Datastore.Allocate Datastore.AllocateSpace Datastore.AllocateTemplate Datastore.Audit';
const REST =
  'Sys.Audit Sys.Console Sys.Modify Sys.PowerMgmt Sys.Syslog Sys.Incoming Sys.AccessNetwork Pool.Allocate Pool.Audit Permissions.Modify Realm.Allocate User.Modify Group.Allocate Mapping.Audit Mapping.Modify Mapping.Use SDN.Allocate SDN.Audit SDN.Use';

const ROLES: Readonly<Record<string, readonly string[]>> = {
  Administrator: words(`${VM_ADMIN} ${STORE} ${REST}`),
  PVEAuditor: words(AUDIT),
  PVEVMUser: words(VM_USER),
  PVEVMAdmin: words(VM_ADMIN),
  PVEDatastoreUser: words('Datastore.AllocateSpace Datastore.Audit'),
  PVEDatastoreAdmin: words(STORE),
  PVESysAdmin: words('Sys.Audit Sys.Console Sys.Syslog'),
  NoAccess: [],
};

/** What holds at a path is said by the nearest entry above it. */
function privilegesAt(acl: ReadonlyMap<string, string>, path: string): readonly string[] {
  for (let at = path; ; at = at.slice(0, at.lastIndexOf('/')) || '/') {
    const role = acl.get(at);
    if (role !== undefined) return ROLES[role] ?? [];
    if (at === '/') return [];
  }
}

const EVERYTHING: ReadonlyMap<string, string> = new Map([['/', 'Administrator']]);

function callerOf(user: string, isRoot: boolean, acl: ReadonlyMap<string, string>): Caller {
  return {
    user,
    isRoot,
    has: (path, privilege) => privilegesAt(acl, path).includes(privilege),
    all: () =>
      Object.fromEntries(
        [...acl].map(([path, role]) => [path, ROLES[role] ?? []] as const).filter(([, has]) => has.length > 0),
      ),
  };
}

const TICKET_LIFE_S = 2 * 3600;

/** Tokens, tickets and what they may do. The one user is root@pam; a token without separated privileges is like it. */
export class Access {
  readonly #state: ClusterState;
  readonly #password: string;
  readonly #key: string;

  constructor(state: ClusterState, password: string, key: string) {
    this.#state = state;
    this.#password = password;
    this.#key = key;
  }

  /** Throws 401 when nobody can be told from the headers. */
  callerOf(
    headers: Readonly<Record<string, string | readonly string[] | undefined>>,
    method: string,
    now: number,
  ): Caller {
    const { authorization, cookie } = headers;
    if (typeof authorization === 'string' && authorization.startsWith('PVEAPIToken='))
      return this.#byToken(authorization);
    const ticket = /(?:^|;\s*)PVEAuthCookie=([^;]+)/.exec(typeof cookie === 'string' ? cookie : '')?.[1];
    if (ticket === undefined) throw new ApiFault(401, 'No ticket');
    if (!this.#isGood(decodeURIComponent(ticket), now)) throw refused();
    // Only a page of another site cannot send it.
    if (method !== 'GET' && headers['csrfpreventiontoken'] !== this.#csrfOf(decodeURIComponent(ticket)))
      throw refused();
    return callerOf('root@pam', true, EVERYTHING);
  }

  /** A password, or a ticket that is still good. Throws 401. */
  login(username: string, password: string, now: number): { ticket: string; csrf: string } {
    if (username !== 'root@pam' || !(password === this.#password || this.#isGood(password, now))) throw refused();
    const seconds = Math.floor(now / 1000)
      .toString(16)
      .toUpperCase();
    const body = `PVE:root@pam:${seconds}`;
    const ticket = `${body}::${this.#sign(body)}`;
    return { ticket, csrf: this.#csrfOf(ticket) };
  }

  #byToken(authorization: string): Caller {
    const [, id = '', secret = ''] = /^PVEAPIToken=([^=]+)=(.+)$/.exec(authorization) ?? [];
    const token: TokenState | undefined = this.#state.tokens.get(id);
    if (!token || token.secret !== secret) throw refused();
    return callerOf(id, false, token.privsep ? token.acl : EVERYTHING);
  }

  #isGood(ticket: string, now: number): boolean {
    const [, body = '', seconds = '', signature = ''] = /^(PVE:root@pam:([0-9A-F]{8,}))::(.+)$/.exec(ticket) ?? [];
    const age = now / 1000 - Number.parseInt(seconds, 16);
    return signature === this.#sign(body) && age < TICKET_LIFE_S && age > -300;
  }

  #csrfOf(ticket: string): string {
    return `${ticket.split(':')[2] ?? ''}:${this.#sign(`csrf ${ticket}`)}`;
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64');
  }
}

const refused = (): ApiFault => new ApiFault(401, 'Authentication failed!');
