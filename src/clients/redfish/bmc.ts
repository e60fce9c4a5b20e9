import { Agent, request } from 'undici';
import * as z from 'zod';
import { messageOf, StewardError } from '../../core/errors.ts';
import { pinned } from '../tls/pinned.ts';

/** One management controller that speaks Redfish (DMTF DSP0266) over HTTPS. */
export interface RedfishBmc {
  /** `https://bmc1.lan` */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Id of the one system to switch; needed when the controller has several. */
  readonly system?: string;
  readonly trust: { readonly ca: string } | { readonly fingerprints: readonly string[] } | { readonly system: true };
  readonly timeoutMs?: number;
}

export const RESET_TYPES = ['On', 'ForceOff', 'ForceRestart', 'PowerCycle'] as const;
export type ResetType = (typeof RESET_TYPES)[number];

export interface RedfishSystem {
  readonly id: string;
  readonly name: string;
  readonly power: 'On' | 'Off' | 'other';
  readonly resetPath: string;
  /** What the controller says it can do; empty = it does not say. */
  readonly resetTypes: readonly string[];
}

const Link = z.looseObject({ '@odata.id': z.string().startsWith('/') });
const Root = z.looseObject({ Systems: Link });
const Collection = z.looseObject({ Members: z.array(Link).min(1) });
const System = z.looseObject({
  Id: z.string(),
  Name: z.string().default(''),
  PowerState: z.string().nullish(),
  Actions: z.looseObject({
    '#ComputerSystem.Reset': z.looseObject({
      target: z.string().startsWith('/'),
      'ResetType@Redfish.AllowableValues': z.array(z.string()).default([]),
    }),
  }),
});

const fault = (code: string, what: string, reason: string, hint: string, cause?: unknown): StewardError =>
  new StewardError(`Unable to ${what}: ${reason}.`, { kind: 'target', code, hint, cause });

/** Reads and the one write of a controller. Errors: `target` `outlet_unreachable | outlet_login | outlet_output | outlet_gone | outlet_refused`. */
export class RedfishConnection {
  readonly #bmc: RedfishBmc;
  readonly #agent: Agent;

  constructor(bmc: RedfishBmc) {
    this.#bmc = bmc;
    const { trust, timeoutMs = 10_000 } = bmc;
    this.#agent = new Agent({
      connect:
        'fingerprints' in trust
          ? pinned(trust.fingerprints, timeoutMs)
          : { timeout: timeoutMs, ...('ca' in trust && { ca: trust.ca }) },
      connections: 1,
      pipelining: 1,
      allowH2: false,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      // Controllers close what is idle without a word.
      keepAliveTimeout: 1_000,
    });
  }

  async system(signal: AbortSignal): Promise<RedfishSystem> {
    const { Systems } = await this.#get(Root, '/redfish/v1/', signal);
    const { Members } = await this.#get(Collection, Systems['@odata.id'], signal);
    const path = this.#chosen(Members.map((member) => member['@odata.id']));
    const system = await this.#get(System, path, signal);
    const reset = system.Actions['#ComputerSystem.Reset'];
    return {
      id: system.Id,
      name: system.Name,
      power: system.PowerState === 'On' || system.PowerState === 'Off' ? system.PowerState : 'other',
      resetPath: reset.target,
      resetTypes: reset['ResetType@Redfish.AllowableValues'],
    };
  }

  /** The only write. The path is the one that the controller itself has named. */
  async reset({ resetPath }: RedfishSystem, type: ResetType, signal: AbortSignal): Promise<void> {
    const { status, text } = await this.#send('POST', resetPath, signal, JSON.stringify({ ResetType: type }));
    if (status < 200 || status >= 300)
      throw fault(
        'outlet_refused',
        `cycle the power through ${this.#bmc.url}`,
        `it answered ${type} with ${status}: ${wordsOf(text)}`,
        'See what the user of the controller may do.',
      );
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  #chosen(paths: readonly string[]): string {
    const { system, url } = this.#bmc;
    const found = system === undefined ? paths : paths.filter((path) => path.split('/').at(-1) === system);
    const [only, ...more] = found;
    if (only !== undefined && more.length === 0) return only;
    const ids = paths.map((path) => path.split('/').at(-1) ?? '').join(', ');
    throw fault(
      'outlet_gone',
      `find the system behind ${url}`,
      only === undefined ? `it has none of the id ${system ?? ''}` : 'it has several',
      `Name one in the configuration (system): ${ids}.`,
    );
  }

  async #get<T>(shape: z.ZodType<T>, path: string, signal: AbortSignal): Promise<T> {
    const { status, text } = await this.#send('GET', path, signal);
    const what = `read ${this.#bmc.url}`;
    if (status === 401 || status === 403)
      throw fault('outlet_login', what, 'it refuses the user', 'Check user and passwordFile of this controller.');
    if (status !== 200)
      throw fault('outlet_output', what, `it answered ${status}: ${wordsOf(text)}`, 'Look at its own page.');
    const parsed = shape.safeParse(jsonOf(text));
    if (parsed.success) return parsed.data;
    throw fault('outlet_output', what, `${path} is not what Redfish says`, 'Update its firmware, or use IPMI.');
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    signal: AbortSignal,
    body?: string,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const { url, user, password, timeoutMs = 10_000 } = this.#bmc;
    try {
      const response = await request(new URL(path, url), {
        method,
        dispatcher: this.#agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        headers: {
          authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
          accept: 'application/json',
          'odata-version': '4.0',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body }),
      });
      return { status: response.statusCode, text: await response.body.text() };
    } catch (error) {
      throw fault('outlet_unreachable', `ask ${url}`, messageOf(error), 'Check address and certificate.', error);
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const Complaint = z.looseObject({
  error: z.looseObject({
    message: z.string().optional(),
    '@Message.ExtendedInfo': z.array(z.looseObject({ Message: z.string().optional() })).optional(),
  }),
});

/** The controller's own words, cut short. */
function wordsOf(text: string): string {
  const said = Complaint.safeParse(jsonOf(text)).data?.error;
  const words = said?.['@Message.ExtendedInfo']?.[0]?.Message ?? said?.message ?? 'no word';
  return words.replaceAll(/\s+/g, ' ').slice(0, 200).replace(/\.$/, '');
}
