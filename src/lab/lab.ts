import { type Clock, systemClock } from '../core/clock.ts';
import { type LabCluster, startLabCluster } from './kubernetes/cluster.ts';
import { type ProxmoxLab, startProxmoxLab } from './proxmox/lab.ts';
import { clusterContent } from './scenarios/expand.ts';
import { loadScenario, scenarioNames } from './scenarios/load.ts';
import { startZfsLab, type ZfsLabService } from './zfs/lab.ts';
import { volumesIn } from './zfs/volumes.ts';

export interface LabOptions {
  /** Name of a scenario; see `listScenarios`. */
  readonly scenario: string;
  /** 0 = any free port. */
  readonly port?: number;
  /** Loopback unless told. */
  readonly host?: string;
  /** Asked of every request when given. */
  readonly token?: string;
  readonly clock?: Clock;
  /** A controller failed and is tried again later; without this it ends the process. */
  onProblem?(controller: string, error: unknown): void;
  /** How long pulls, starts and stops take; without it they take no time, so that a lab is ready at once. */
  readonly timing?: { readonly pullMs?: number; readonly startMs?: number; readonly stopMs?: number };
}

export interface Lab {
  readonly kubernetes: {
    readonly url: string;
    readonly kubeconfig: string;
    readonly cluster: LabCluster;
  };
  /** When the scenario has Proxmox hosts. */
  readonly proxmox?: ProxmoxLab;
  /** When the scenario has ZFS hosts. */
  readonly zfs?: readonly ZfsLabService[];
  close(): Promise<void>;
}

export interface ScenarioSummary {
  readonly name: string;
  readonly title: string;
  readonly about: string;
}

/** The scenarios that come with the lab, in order of name. */
export const listScenarios = (): readonly ScenarioSummary[] =>
  scenarioNames().map((name) => {
    const { title, about } = loadScenario(name);
    return { name, title, about };
  });

/**
 * Starts a homelab in this process and serves it; resolves when everything in it has settled.
 * Throws `unknown_scenario`, `scenario_invalid`; rejects when the port is taken.
 */
export async function startLab({ scenario, clock = systemClock, port = 0, ...options }: LabOptions): Promise<Lab> {
  const facts = loadScenario(scenario);
  const content = clusterContent(facts, clock.now());
  const cluster = await startLabCluster({ ...options, content, clock, port });
  await cluster.settle();
  const proxmox = facts.proxmox && (await startProxmoxLab({ facts: facts.proxmox, clock }));
  const zfs =
    facts.zfs &&
    (await startZfsLab(facts.zfs, { clock, volumes: () => volumesIn(cluster.store.list('persistentvolumes')) }));
  return {
    kubernetes: { url: cluster.url, kubeconfig: cluster.kubeconfig, cluster },
    ...(proxmox && { proxmox }),
    ...(zfs && { zfs: zfs.hosts }),
    async close() {
      await zfs?.close();
      await proxmox?.close();
      await cluster.close();
    },
  };
}
