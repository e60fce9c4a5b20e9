import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createProxmoxClient, type ProxmoxOptions } from '../../../src/clients/proxmox/client.ts';
import type { ProxmoxConfig } from '../../../src/clients/proxmox/connection.ts';
import type { GuestRef, ProxmoxDone, ProxmoxWrite, ProxmoxWriter } from '../../../src/clients/proxmox/contract.ts';
import { type SentRequest, sentChannel } from '../../../src/clients/proxmox/sent.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { Permit } from '../../../src/core/permit.ts';
import { ProxmoxFacts } from '../../../src/lab/proxmox/facts.ts';
import { type ProxmoxLab, type ProxmoxLabOptions, startProxmoxLab } from '../../../src/lab/proxmox/lab.ts';
import { loadScenario } from '../../../src/lab/scenarios/load.ts';

export const FAST = { taskMs: 12, shutdownMs: 12, haMs: 40, bootMs: 60 };
/** The guard is tested elsewhere: here every write is covered. */
export const permit = {} as Permit;
export const signal = (): AbortSignal => AbortSignal.timeout(20_000);

export const factsOf = (scenario: string): ProxmoxFacts => {
  const { proxmox } = loadScenario(scenario);
  if (!proxmox) throw new Error(`${scenario} has no Proxmox hosts`);
  return proxmox;
};

/** A host of its own: no cluster, one guest. */
export const STANDALONE = ProxmoxFacts.parse({
  nodes: { solo: { ip: '192.168.1.5', memory: '32Gi' } },
  storages: { local: { type: 'dir', content: ['iso', 'backup', 'images'], size: '100Gi' } },
  guests: { 100: { name: 'one', node: 'solo', memory: '1Gi', disk: '8Gi', storage: 'local' } },
});

export interface Opened {
  readonly lab: ProxmoxLab;
  readonly client: ProxmoxWriter;
  /** Everything that the client sent, in order. */
  readonly sent: SentRequest[];
  /** Another client of the same lab. */
  connect(config: Partial<ProxmoxConfig>, options?: Partial<ProxmoxOptions>): ProxmoxWriter;
  /** Reads who the guest is, and writes with that. */
  write(make: (expect: { name: string; uuid?: string; digest: string }) => ProxmoxWrite): Promise<ProxmoxDone>;
  close(): Promise<void>;
}

export async function open(
  lab: Partial<ProxmoxLabOptions> = {},
  options: Partial<ProxmoxOptions> = {},
  /** Hears each request just before it leaves. */
  onSent?: (sent: SentRequest) => void,
): Promise<Opened> {
  const running = await startProxmoxLab({ facts: factsOf('seed-1'), timing: FAST, refusalDelayMs: 30, ...lab });
  const sent: SentRequest[] = [];
  const hear = (message: unknown): void => {
    // Only `send()` publishes on this channel.
    const request = message as SentRequest;
    if (!request.url.startsWith(running.url)) return;
    sent.push(request);
    onSent?.(request);
  };
  subscribe(sentChannel.name, hear);
  const opened: { close(): Promise<void> }[] = [];
  const connect: Opened['connect'] = (config, more = {}) => {
    const client = createProxmoxClient({
      config: {
        name: 'home',
        urls: [running.url],
        auth: { token: running.token.id, secret: running.token.secret },
        trust: running.fingerprint === undefined ? { system: true } : { fingerprints: [running.fingerprint] },
        timeoutMs: 5_000,
        ...config,
      },
      clock: lab.clock ?? systemClock,
      checkPermit: () => undefined,
      pollMs: 5,
      haWaitMs: 500,
      ...options,
      ...more,
    });
    opened.push(client);
    return client;
  };
  const client = connect({});
  return {
    lab: running,
    client,
    sent,
    connect,
    async write(make) {
      const draft = make({ name: '', digest: '' });
      const guest: GuestRef | undefined = 'guest' in draft ? draft.guest : undefined;
      const now = guest && (await client.guestConfig(guest, signal()));
      const expect = now && {
        name: now.name,
        digest: now.digest,
        ...(now.uuid !== undefined && { uuid: now.uuid }),
      };
      return client.write(expect ? make(expect) : draft, permit, signal(), () => undefined);
    },
    async close() {
      unsubscribe(sentChannel.name, hear);
      for (const each of opened) await each.close();
      await running.close();
    },
  };
}

export const vm = (node: string, vmid: number): GuestRef => ({ node, type: 'qemu', vmid });
export const ct = (node: string, vmid: number): GuestRef => ({ node, type: 'lxc', vmid });
/** What left the client and was no question. */
export const changes = (sent: readonly SentRequest[]): SentRequest[] => sent.filter(({ method }) => method !== 'GET');
