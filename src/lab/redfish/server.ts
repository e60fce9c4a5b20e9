import { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import { createCertificate } from '../kubernetes/api/certificate.ts';

/** A management controller in this process: the part of Redfish (DSP0266, ComputerSystem of DSP0268) that power needs. */
export interface LabBmc {
  readonly url: string;
  /** SHA-256 of its certificate, as its own page shows it. */
  readonly fingerprint: string;
  readonly user: string;
  readonly password: string;
  /** What it was asked to do, in order. */
  readonly resets: readonly string[];
  power: 'On' | 'Off';
  close(): Promise<void>;
}

export interface BmcOptions {
  readonly now: Date;
  /** Ids of its systems. */
  readonly systems?: readonly string[];
  /** What it says it can do; what is not among them is refused. */
  readonly resetTypes?: readonly string[];
  /** It accepts everything and does nothing. */
  readonly isStuck?: boolean;
}

const ROOT = '/redfish/v1';
const Reset = z.strictObject({ ResetType: z.string() });

interface Reply {
  readonly status: number;
  readonly body?: object;
}

const complaint = (status: number, id: string, message: string): Reply => ({
  status,
  body: { error: { code: `Base.1.18.${id}`, message, '@Message.ExtendedInfo': [{ MessageId: id, Message: message }] } },
});

/** Resolves when it listens. */
export async function startLabBmc(options: BmcOptions): Promise<LabBmc> {
  const { systems = ['1'], resetTypes = ['On', 'ForceOff', 'ForceRestart', 'GracefulShutdown', 'PowerCycle'] } =
    options;
  const resets: string[] = [];
  const [user, password] = ['steward', 'a password of the lab'];
  const bmc: { power: 'On' | 'Off' } = { power: 'On' };

  function reset(body: string): Reply {
    const asked = Reset.safeParse(jsonOf(body));
    if (!asked.success) return complaint(400, 'ActionParameterMissing', 'The parameter ResetType is missing.');
    const type = asked.data.ResetType;
    if (!resetTypes.includes(type))
      return complaint(400, 'ActionParameterValueNotInList', `The value ${type} for ResetType is not in the list.`);
    resets.push(type);
    if (options.isStuck !== true) bmc.power = type === 'ForceOff' || type === 'GracefulShutdown' ? 'Off' : 'On';
    return { status: 204 };
  }

  function answer(method: string, path: string, body: string): Reply {
    if (method === 'GET' && path === ROOT)
      return { status: 200, body: { RedfishVersion: '1.18.0', Systems: { '@odata.id': `${ROOT}/Systems` } } };
    if (method === 'GET' && path === `${ROOT}/Systems`)
      return { status: 200, body: { Members: systems.map((id) => ({ '@odata.id': `${ROOT}/Systems/${id}` })) } };
    const id = systems.find((one) => path.startsWith(`${ROOT}/Systems/${one}`));
    if (id !== undefined && method === 'GET' && path === `${ROOT}/Systems/${id}`)
      return { status: 200, body: systemOf(id, bmc.power, resetTypes) };
    if (id !== undefined && method === 'POST' && path === `${ROOT}/Systems/${id}/Actions/ComputerSystem.Reset`)
      return reset(body);
    return complaint(404, 'ResourceMissingAtURI', `The resource at ${path} was not found.`);
  }

  async function respond(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(message);
    const isKnown = message.headers.authorization === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const path = new URL(message.url ?? '/', 'https://bmc').pathname.replace(/\/$/, '');
    // Only the root is open to everybody.
    const reply =
      isKnown || path === ROOT
        ? answer(message.method ?? 'GET', path, body)
        : complaint(401, 'NoValidSession', 'There is no valid session established with the implementation.');
    response.writeHead(reply.status, { 'content-type': 'application/json', 'odata-version': '4.0' });
    response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body));
  }

  const { certificate, key } = createCertificate(['127.0.0.1'], options.now);
  const server = createServer({ cert: certificate, key }, (message, response) => {
    void respond(message, response).catch(() => response.destroy());
  });
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', () => done()));
  return {
    // A TCP server's address is never a pipe name.
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fingerprint: new X509Certificate(certificate).fingerprint256,
    user,
    password,
    resets,
    get power() {
      return bmc.power;
    },
    set power(state) {
      bmc.power = state;
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

const systemOf = (id: string, power: string, resetTypes: readonly string[]): object => ({
  '@odata.id': `${ROOT}/Systems/${id}`,
  '@odata.type': '#ComputerSystem.v1_22_0.ComputerSystem',
  Id: id,
  Name: `System ${id}`,
  PowerState: power,
  Actions: {
    '#ComputerSystem.Reset': {
      target: `${ROOT}/Systems/${id}/Actions/ComputerSystem.Reset`,
      'ResetType@Redfish.AllowableValues': resetTypes,
    },
  },
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
