import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configError, isStewardError, messageOf } from '../core/errors.ts';
import type { Lab } from '../lab/lab.ts';
import type { ProxmoxLab } from '../lab/proxmox/lab.ts';
import type { ZfsLabService } from '../lab/zfs/lab.ts';

/** A lab that runs in this process, and how kubectl reaches it. */
export interface LabHandle {
  readonly scenario: string;
  readonly url: string;
  readonly kubeconfig: string;
  /** Removed when the lab ends: what it points to is gone then. */
  readonly kubeconfigFile: string;
  /** What a registry would say of an image; the lab's images are its own. */
  platformsOf(image: string): readonly string[];
  readonly zfs: readonly ZfsLabService[];
  readonly proxmox: ProxmoxLab | undefined;
  close(): Promise<void>;
}

export interface LabStart {
  readonly scenario: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly dataDir: string;
}

/** Errors: `input` `unknown_scenario`; `config` `scenario_invalid`, `port_taken`. */
export async function startLab({ scenario, port, dataDir }: LabStart): Promise<LabHandle> {
  const library = await import('../lab/lab.ts');
  // Other users of this machine reach the loopback too: they must not find an open cluster there.
  const token = randomBytes(24).toString('base64url');
  const lab = await library.startLab({ scenario, port, token }).catch((error: unknown) => {
    throw startError(error, port);
  });
  const { url, kubeconfig } = lab.kubernetes;
  const kubeconfigFile = await keepKubeconfig(lab, dataDir, scenario);
  return {
    scenario,
    url,
    kubeconfig,
    kubeconfigFile,
    platformsOf: (image) => lab.kubernetes.cluster.platformsOf(image),
    zfs: lab.zfs ?? [],
    proxmox: lab.proxmox,
    async close() {
      await lab.close();
      await rm(kubeconfigFile, { force: true });
    },
  };
}

/** One file per process, so that two labs of the same scenario do not point at each other. */
async function keepKubeconfig({ kubernetes }: Lab, dataDir: string, scenario: string): Promise<string> {
  const folder = join(dataDir, 'lab');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${scenario}-${process.pid}.kubeconfig`);
  await writeFile(file, kubernetes.kubeconfig, { mode: 0o600 });
  return file;
}

function startError(error: unknown, port: number): unknown {
  if (isStewardError(error) || !(error instanceof Error && 'code' in error)) return error;
  return configError(
    error.code === 'EADDRINUSE' ? 'port_taken' : 'cannot_listen',
    `Unable to serve the lab on port ${port}: ${messageOf(error)}.`,
    'Choose another port with --port (0 = any free one).',
    error,
  );
}

/** What `steward lab list` shows. */
export async function describeScenarios(): Promise<readonly { name: string; title: string; about: string }[]> {
  const { listScenarios } = await import('../lab/lab.ts');
  return listScenarios().map(({ name, title, about }) => ({ name, title, about }));
}
