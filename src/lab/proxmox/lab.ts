import { type Clock, systemClock } from '../../core/clock.ts';
import { type LabStrip, startLabStrip } from '../power/strip.ts';
import { Access } from './access.ts';
import { bytesOf } from './build.ts';
import { ProxmoxCluster, type ProxmoxTiming, REAL_TIMING } from './cluster.ts';
import type { ProxmoxFacts } from './facts.ts';
import { serveProxmox } from './server.ts';

export interface ProxmoxLabOptions {
  readonly facts: ProxmoxFacts;
  readonly clock?: Clock;
  /** 0 = any free port. */
  readonly port?: number;
  /** Loopback unless told. */
  readonly host?: string;
  /** With a certificate of its own, made at the start. */
  readonly tls?: boolean;
  /** The node that takes the requests; the first that is up unless told. */
  readonly entry?: string;
  readonly timing?: Partial<ProxmoxTiming>;
  /** Every 401 is late by this: 3 s unless told. */
  readonly refusalDelayMs?: number;
}

export interface ProxmoxLab {
  readonly url: string;
  /** PEM; undefined without TLS. */
  readonly certificate: string | undefined;
  readonly fingerprint: string | undefined;
  /** May do everything that a token may. */
  readonly token: { readonly id: string; readonly secret: string };
  /** Of root@pam, for what refuses tokens. */
  readonly password: string;
  readonly cluster: ProxmoxCluster;
  /** When the facts have one. */
  readonly strip?: LabStrip;
  close(): Promise<void>;
}

const TOKEN = 'root@pam!steward';

/**
 * A Proxmox VE cluster in this process: its API on loopback over a state that moves with the clock.
 * Rejects when the port is taken.
 */
export async function startProxmoxLab(options: ProxmoxLabOptions): Promise<ProxmoxLab> {
  const { facts, clock = systemClock, timing, port = 0, host = '127.0.0.1', tls = false } = options;
  const cluster = new ProxmoxCluster(facts, clock, { ...REAL_TIMING, ...timing });
  const { nodes, tokens } = cluster.state;
  const entry = options.entry ?? [...nodes.values()].find(({ online }) => online)?.name ?? '';
  const password = bytesOf('password of root@pam').slice(0, 16);
  const token = ownToken(tokens);
  const access = new Access(cluster.state, password, bytesOf('key of the tickets'));
  const server = await serveProxmox((fingerprint) => ({ cluster, access, entry, fingerprint }), {
    port,
    host,
    tls,
    clock,
    refusalDelayMs: options.refusalDelayMs ?? 3_000,
  });
  const strip = facts.strip && (await startLabStrip({ ...facts.strip, watts: 61, onSwitch: powerOf(cluster) }));
  return {
    url: server.url,
    certificate: server.certificate,
    fingerprint: server.fingerprint,
    token,
    password,
    cluster,
    ...(strip && { strip }),
    async close() {
      await strip?.close();
      await server.close();
    },
  };
}

/** Known to everybody who reads this: it opens nothing but a lab on loopback. */
function ownToken(tokens: ProxmoxCluster['state']['tokens']): { readonly id: string; readonly secret: string } {
  const known = tokens.get(TOKEN);
  const secret = known?.secret ?? bytesOf(`secret of ${TOKEN}`).slice(0, 32);
  if (known === undefined) tokens.set(TOKEN, { id: TOKEN, secret, privsep: false, acl: new Map() });
  return { id: TOKEN, secret };
}

/** Without power a host is gone at once; with it, it boots, also one that hung. */
const powerOf =
  (cluster: ProxmoxCluster) =>
  (host: string, isOn: boolean): void => {
    cluster.settle();
    if (isOn) cluster.time.after(cluster.timing.bootMs, () => cluster.setNodeOnline(host, true));
    else cluster.setNodeOnline(host, false);
  };
