import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandRunner } from '../../src/clients/command/spec.ts';
import { sshRunner } from '../../src/clients/ssh/runner.ts';
import { zfsCommands } from '../../src/clients/zfs/commands.ts';
import type { CheckPermit } from '../../src/core/permit.ts';

export interface ZfsGuest {
  /** Folder of the disk images `d1.img` ...; writing into one from here is a fault of that disk. */
  readonly state: string;
  /** Runs the product's own commands. */
  runner(checkPermit: CheckPermit): CommandRunner;
  /** Anything, as a person at a shell. */
  shell(command: string): string;
  stop(): void;
}

/** The port is there before the SSH server of the guest is. */
function untilItAnswers(ask: () => void): void {
  for (let left = 30; ; left--) {
    try {
      ask();
      return;
    } catch (error) {
      if (left === 0) throw error;
      execFileSync('sleep', ['2']);
    }
  }
}

/** Boots a guest with real OpenZFS from a folder with `boot.sh STATE PORT KEY DISKS` (TEST_REAL_OPENZFS); about 13 s. */
export function bootGuest(folder: string, port: number, disks: number): ZfsGuest {
  const root = mkdtempSync(join(tmpdir(), 'openzfs-'));
  const [key, state] = [join(root, 'key'), join(root, 'state')];
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  execFileSync(join(folder, 'boot.sh'), [state, String(port), `${key}.pub`, String(disks)], { timeout: 150_000 });
  const known = join(state, 'known_hosts');
  const ssh = [
    '-i',
    key,
    '-p',
    String(port),
    '-o',
    `UserKnownHostsFile=${known}`,
    '-o',
    'StrictHostKeyChecking=accept-new',
  ];
  const shell = (command: string) =>
    execFileSync('ssh', [...ssh, 'root@127.0.0.1', command], {
      encoding: 'utf8',
      timeout: 60_000,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  untilItAnswers(() => shell('true'));
  const hostKey = /SHA256:\S+/.exec(execFileSync('ssh-keygen', ['-lf', known], { encoding: 'utf8' }))?.[0] ?? '';
  return {
    state,
    shell,
    runner: (checkPermit) =>
      sshRunner({
        name: 'guest',
        address: '127.0.0.1',
        port,
        user: 'root',
        privateKey: readFileSync(key, 'utf8'),
        hostKey,
        specs: zfsCommands,
        checkPermit,
      }),
    stop() {
      process.kill(Number(readFileSync(join(state, 'qemu.pid'), 'utf8')));
      rmSync(root, { recursive: true, force: true });
    },
  };
}
