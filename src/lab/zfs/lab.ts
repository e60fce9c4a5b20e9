import type { Clock } from '../../core/clock.ts';
import type { ZfsFacts } from './facts.ts';
import { createZfsHost, type LabVolume, type ZfsLabHost } from './host.ts';
import { type SshAccess, serveSsh } from './ssh-server.ts';

/** One ZFS host of the lab: how to reach it, and what a test may do to it. */
export interface ZfsLabService extends SshAccess {
  readonly name: string;
  readonly control: ZfsLabHost;
}

export interface ZfsLab {
  readonly hosts: readonly ZfsLabService[];
  close(): Promise<void>;
}

/** Starts every host of a scenario, each behind an SSH server of its own on the loopback. */
export async function startZfsLab(
  facts: ZfsFacts,
  options: { readonly clock: Clock; readonly volumes?: () => readonly LabVolume[] },
): Promise<ZfsLab> {
  const started = await Promise.all(
    Object.entries(facts).map(async ([name, own]) => {
      const control = createZfsHost(name, own, options);
      const { host, port, user, privateKey, hostKey, ...ssh } = await serveSsh((argv) => control.run(argv));
      return { service: { host, port, user, privateKey, hostKey, name, control }, close: () => ssh.close() };
    }),
  );
  return {
    hosts: started.map(({ service }) => service),
    async close() {
      await Promise.all(started.map(({ close }) => close()));
    },
  };
}
