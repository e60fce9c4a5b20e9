import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import * as z from 'zod';
import { seal, unseal } from './cipher.ts';

/** A Kasa HS300 in this process: six outlets that are switched and measured one by one. */
export interface LabStrip {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly outlets: readonly { readonly host: string; readonly child: string }[];
  close(): Promise<void>;
}

export interface StripOptions {
  readonly name: string;
  /** What hangs on outlet 0, 1, ... */
  readonly hosts: readonly string[];
  /** Draws so much while it has power. */
  readonly watts: number;
  /** An outlet was switched. */
  readonly onSwitch: (host: string, isOn: boolean) => void;
}

const Question = z.looseObject({
  context: z.looseObject({ child_ids: z.array(z.string()) }).optional(),
  system: z
    .looseObject({
      get_sysinfo: z.unknown().optional(),
      set_relay_state: z.looseObject({ state: z.union([z.literal(0), z.literal(1)]) }).optional(),
    })
    .optional(),
  emeter: z.looseObject({ get_realtime: z.unknown() }).optional(),
});

const DEVICE = '8006A1B2C3D4E5F60718293A4B5C6D7E8F901234';

interface Outlet {
  readonly id: string;
  readonly host: string;
  on: boolean;
}

/** Rejects when no port is free. */
export async function startLabStrip(options: StripOptions): Promise<LabStrip> {
  const outlets = options.hosts.map((host, index): Outlet => ({ id: `${DEVICE}0${index}`, host, on: true }));
  const server = createServer((socket) => serve(socket, (question) => answer(question, outlets, options)));
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', () => done()));
  return {
    name: options.name,
    address: '127.0.0.1',
    // A TCP server's address is never a pipe name.
    port: (server.address() as AddressInfo).port,
    outlets: outlets.map(({ host, id }) => ({ host, child: id })),
    close: () => new Promise((done) => server.close(() => done())),
  };
}

function serve(socket: Socket, reply: (question: string) => object): void {
  let received = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const question = unseal(received);
    if (question === undefined) return;
    socket.end(seal(JSON.stringify(reply(question))));
  });
}

function answer(text: string, outlets: readonly Outlet[], { name, watts, onSwitch }: StripOptions): object {
  const { context, system, emeter } = Question.parse(JSON.parse(text));
  // Without a context the whole strip is meant: a real one switches all six outlets then.
  const meant = context === undefined ? outlets : outlets.filter(({ id }) => context.child_ids.includes(id));
  if (system?.set_relay_state !== undefined) {
    const isOn = system.set_relay_state.state === 1;
    for (const outlet of meant.filter(({ on }) => on !== isOn)) {
      outlet.on = isOn;
      onSwitch(outlet.host, isOn);
    }
    return { system: { set_relay_state: { err_code: meant.length === 0 ? -14 : 0 } } };
  }
  if (emeter !== undefined) {
    const drawn = meant.filter(({ on }) => on).length * watts * 1000;
    return { emeter: { get_realtime: { voltage_mv: 231_000, power_mw: drawn, err_code: 0 } } };
  }
  const children = outlets.map(({ id, host, on }) => ({ id, alias: host, state: on ? 1 : 0, on_time: 0 }));
  return {
    system: {
      get_sysinfo: { model: 'HS300(US)', sw_ver: '1.0.21', alias: name, deviceId: DEVICE, child_num: 6, children },
    },
  };
}
