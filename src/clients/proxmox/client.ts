import type { Agent } from 'undici';
import type { Clock } from '../../core/clock.ts';
import { isStewardError } from '../../core/errors.ts';
import type { CheckPermit, Permit } from '../../core/permit.ts';
import type { ProxmoxCall } from './call.ts';
import { agentFor, identityOf, type ProxmoxConfig } from './connection.ts';
import type {
  GuestConfig,
  GuestRef,
  IdRange,
  ProxmoxDone,
  ProxmoxReader,
  ProxmoxWrite,
  ProxmoxWriter,
  Task,
} from './contract.ts';
import { credentialsOf } from './credentials.ts';
import type { Pace } from './follow.ts';
import { guestPath, nodePath } from './paths.ts';
import { perform } from './perform.ts';
import { missingOf } from './privileges.ts';
import { type Sender, send } from './send.ts';
import * as shape from './shapes.ts';
import { smartOf } from './smart.ts';
import * as storage from './storage-shapes.ts';
import * as tasks from './task-shapes.ts';
import { taskPath } from './upid.ts';

export interface ProxmoxOptions {
  readonly config: ProxmoxConfig;
  readonly checkPermit: CheckPermit;
  readonly clock: Clock;
  /** Between two looks at a task. */
  readonly pollMs?: number;
  /** How long the HA manager is given to do what it was asked. */
  readonly haWaitMs?: number;
}

export const createProxmoxClient = (options: ProxmoxOptions): ProxmoxWriter & { close(): Promise<void> } =>
  new ProxmoxClient(options);

class ProxmoxClient implements ProxmoxWriter {
  readonly name: string;
  readonly ownIds?: IdRange;
  readonly #sender: Sender;
  readonly #agent: Agent;
  readonly #pace: Pace;
  readonly #ownTasks = new Set<string>();

  constructor({ config, checkPermit, clock, pollMs = 1_000, haWaitMs = 300_000 }: ProxmoxOptions) {
    this.name = config.name;
    if (config.ownIds) this.ownIds = config.ownIds;
    this.#pace = { clock, pollMs, haWaitMs };
    this.#agent = agentFor(config);
    this.#sender = {
      config,
      agent: this.#agent,
      checkPermit,
      credentials: credentialsOf(config.auth, clock),
      ownTasks: this.#ownTasks,
      latest: {},
    };
  }

  async identity(): Promise<string> {
    return identityOf(this.#sender.config);
  }

  async version(signal: AbortSignal): Promise<string> {
    const data = await this.#get('/version', 'read the version', signal);
    return typeof data === 'object' && data !== null && 'version' in data ? String(data.version) : '';
  }

  async missingPrivileges(signal: AbortSignal): Promise<readonly string[]> {
    return missingOf(await this.#get('/access/permissions', 'read the permissions', signal));
  }

  async clusterStatus(signal: AbortSignal): ReturnType<ProxmoxReader['clusterStatus']> {
    return shape.clusterStatusOf(await this.#get('/cluster/status', 'read the cluster status', signal));
  }

  async nodeStatus(node: string, signal: AbortSignal): ReturnType<ProxmoxReader['nodeStatus']> {
    return shape.nodeStatusOf(await this.#get(`${nodePath(node)}/status`, `read node ${node}`, signal), node);
  }

  async nodeNote(node: string, signal: AbortSignal): ReturnType<ProxmoxReader['nodeNote']> {
    return shape.nodeNoteOf(await this.#get(`${nodePath(node)}/config`, `read the note on ${node}`, signal));
  }

  async guests(signal: AbortSignal): ReturnType<ProxmoxReader['guests']> {
    return shape.guestsOf(await this.#get('/cluster/resources', 'list the guests', signal, { type: 'vm' }));
  }

  async guestConfig(guest: GuestRef, signal: AbortSignal): Promise<GuestConfig> {
    const doing = `read ${guest.type}/${guest.vmid}`;
    const [config, pending] = await Promise.all([
      // Without `current` the answer is what will be after the next restart.
      this.#get(`${guestPath(guest)}/config`, doing, signal, { current: true }),
      this.#get(`${guestPath(guest)}/pending`, doing, signal),
    ]);
    return shape.guestConfigOf(config, pending);
  }

  async guestStatus(guest: GuestRef, signal: AbortSignal): ReturnType<ProxmoxReader['guestStatus']> {
    return shape.guestStatusOf(
      await this.#get(`${guestPath(guest)}/status/current`, `read ${guest.type}/${guest.vmid}`, signal),
      guest,
    );
  }

  async snapshots(guest: GuestRef, signal: AbortSignal): ReturnType<ProxmoxReader['snapshots']> {
    return shape.snapshotsOf(
      await this.#get(`${guestPath(guest)}/snapshot`, `list snapshots of ${guest.vmid}`, signal),
    );
  }

  async migrationCheck(
    guest: GuestRef,
    target: string,
    signal: AbortSignal,
  ): ReturnType<ProxmoxReader['migrationCheck']> {
    try {
      return shape.migrationOf(
        await this.#get(`${guestPath(guest)}/migrate`, `check the migration of ${guest.vmid}`, signal, { target }),
      );
    } catch (error) {
      // Older versions have no such question for containers.
      if (guest.type === 'lxc' && isStewardError(error) && error.code === 'proxmox_unsupported')
        return { allowedNodes: [target], localDisks: [], localResources: [] };
      throw error;
    }
  }

  async storages(signal: AbortSignal): ReturnType<ProxmoxReader['storages']> {
    return shape.storagesOf(await this.#get('/cluster/resources', 'list the storages', signal, { type: 'storage' }));
  }

  async volumes(
    node: string,
    name: string,
    content: string | undefined,
    signal: AbortSignal,
  ): ReturnType<ProxmoxReader['volumes']> {
    const path = `${nodePath(node)}/storage/${encodeURIComponent(name)}/content`;
    return storage.volumesOf(await this.#get(path, `list the volumes of ${name}`, signal, { content }), name);
  }

  async tasks(
    { limit, vmid, onlyErrors }: Parameters<ProxmoxReader['tasks']>[0],
    signal: AbortSignal,
  ): Promise<readonly Task[]> {
    const { nodes } = await this.clusterStatus(signal);
    // Without a source only tasks that have ended are listed.
    const params = { limit, vmid, errors: onlyErrors || undefined, source: 'all' };
    const lists = await Promise.all(
      nodes
        .filter(({ online }) => online)
        .map(({ name }) => this.#get(`${nodePath(name)}/tasks`, `list the tasks of ${name}`, signal, params)),
    );
    const all = lists.flatMap((list) => tasks.tasksOf(list));
    return all.toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1)).slice(0, limit);
  }

  async task(upid: string, signal: AbortSignal): Promise<Task> {
    return tasks.taskStatusOf(await this.#get(`${taskPath(upid)}/status`, 'read a task', signal));
  }

  async taskLog(upid: string, limit: number, signal: AbortSignal): Promise<readonly string[]> {
    const lines: string[] = [];
    for (let start = 0; ; start += 500) {
      const page = tasks.taskLogOf(
        await this.#get(`${taskPath(upid)}/log`, 'read a task log', signal, { start, limit: 500 }),
      );
      lines.push(...page);
      if (page.length < 500) return lines.slice(-limit);
    }
  }

  async ha(signal: AbortSignal): ReturnType<ProxmoxReader['ha']> {
    return shape.haStatusOf(await this.#get('/cluster/ha/status/current', 'read the HA status', signal));
  }

  async backupJobs(signal: AbortSignal): ReturnType<ProxmoxReader['backupJobs']> {
    return storage.backupJobsOf(await this.#get('/cluster/backup', 'list the backup jobs', signal));
  }

  async notBackedUp(signal: AbortSignal): Promise<readonly number[]> {
    return storage.vmidsOf(await this.#get('/cluster/backup-info/not-backed-up', 'list guests without backup', signal));
  }

  async replication(signal: AbortSignal): ReturnType<ProxmoxReader['replication']> {
    const { nodes } = await this.clusterStatus(signal);
    const lists = await Promise.all(
      nodes
        .filter(({ online }) => online)
        .map(async ({ name }) =>
          storage.replicationOf(
            await this.#get(`${nodePath(name)}/replication`, `read the replication of ${name}`, signal),
            name,
          ),
        ),
    );
    return lists.flat();
  }

  async disks(node: string, signal: AbortSignal): ReturnType<ProxmoxReader['disks']> {
    return storage.disksOf(await this.#get(`${nodePath(node)}/disks/list`, `list the disks of ${node}`, signal), node);
  }

  async smart(node: string, device: string, signal: AbortSignal): ReturnType<ProxmoxReader['smart']> {
    return smartOf(
      await this.#get(`${nodePath(node)}/disks/smart`, `read SMART of ${device}`, signal, { disk: device }),
    );
  }

  async thinPools(node: string, signal: AbortSignal): ReturnType<ProxmoxReader['thinPools']> {
    return storage.thinPoolsOf(
      await this.#get(`${nodePath(node)}/disks/lvmthin`, `list the thin pools of ${node}`, signal),
      node,
    );
  }

  async isFree(vmid: number, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#get('/cluster/nextid', `check the id ${vmid}`, signal, { vmid });
      return true;
    } catch (error) {
      if (isStewardError(error) && error.code === 'proxmox_invalid') return false;
      throw error;
    }
  }

  async write(
    write: ProxmoxWrite,
    permit: Permit,
    signal: AbortSignal,
    onTask: (upid: string, line: string) => void,
  ): Promise<ProxmoxDone> {
    return perform(
      { reader: this, sender: this.#sender, pace: this.#pace, ownTasks: this.#ownTasks },
      { write, permit, signal, onTask },
    );
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  #get(path: string, doing: string, signal: AbortSignal, params?: ProxmoxCall['params']): Promise<unknown> {
    return send(this.#sender, { method: 'GET', path, ...(params && { params }) }, doing, signal);
  }
}
