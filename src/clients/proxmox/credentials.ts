import * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import { isStewardError } from '../../core/errors.ts';
import type { ProxmoxCall } from './call.ts';
import type { ProxmoxAuth } from './connection.ts';

type Login = (call: ProxmoxCall) => Promise<unknown>;

export interface Credentials {
  headers(method: string, login: Login): Promise<Record<string, string>>;
  /** After a 401: true when there is something new to try. Every 401 costs three seconds, so once is enough. */
  renew(login: Login): Promise<boolean>;
}

const Ticket = z.looseObject({ ticket: z.string(), CSRFPreventionToken: z.string() });

/** A ticket is renewed well before it ends. */
const RENEW_AFTER_MS = 90 * 60_000;
const LIFE_MS = 2 * 3_600_000;

export function credentialsOf(auth: ProxmoxAuth, clock: Clock): Credentials {
  if ('token' in auth)
    return {
      headers: async () => ({ authorization: `PVEAPIToken=${auth.token}=${auth.secret}` }),
      renew: async () => false,
    };
  return new TicketCredentials(auth.user, auth.password, clock);
}

class TicketCredentials implements Credentials {
  readonly #user: string;
  readonly #password: string;
  readonly #clock: Clock;
  #ticket: { readonly at: number; readonly ticket: string; readonly csrf: string } | undefined;
  #opening: Promise<void> | undefined;

  constructor(user: string, password: string, clock: Clock) {
    this.#user = user;
    this.#password = password;
    this.#clock = clock;
  }

  async headers(method: string, login: Login): Promise<Record<string, string>> {
    const age = this.#ticket ? +this.#clock.now() - this.#ticket.at : Number.POSITIVE_INFINITY;
    if (age > RENEW_AFTER_MS) await this.#open(login, age < LIFE_MS ? this.#ticket?.ticket : undefined);
    const { ticket = '', csrf = '' } = this.#ticket ?? {};
    return { cookie: `PVEAuthCookie=${ticket}`, ...(method !== 'GET' && { CSRFPreventionToken: csrf }) };
  }

  async renew(login: Login): Promise<boolean> {
    if (this.#ticket === undefined) return false;
    this.#ticket = undefined;
    await this.#open(login, undefined);
    return true;
  }

  /** The old ticket renews itself as password while it lives; one login at a time. */
  async #open(login: Login, old: string | undefined): Promise<void> {
    this.#opening ??= this.#enter(login, old).finally(() => (this.#opening = undefined));
    await this.#opening;
  }

  async #enter(login: Login, old: string | undefined): Promise<void> {
    if (old === undefined) return this.#login(login, this.#password);
    try {
      await this.#login(login, old);
    } catch (error) {
      // It was too old, or signed with a key that changed: the password is not.
      if (!isStewardError(error) || error.code !== 'proxmox_unauthorized') throw error;
      await this.#login(login, this.#password);
    }
  }

  async #login(login: Login, password: string): Promise<void> {
    const params = { username: this.#user, password };
    const data = Ticket.parse(await login({ method: 'POST', path: '/access/ticket', params }));
    this.#ticket = { at: +this.#clock.now(), ticket: data.ticket, csrf: data.CSRFPreventionToken };
  }
}
