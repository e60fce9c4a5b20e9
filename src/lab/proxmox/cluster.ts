import type { Clock } from '../../core/clock.ts';
import { buildCluster } from './build.ts';
import type { ProxmoxFacts } from './facts.ts';
import { applyPending, isOn } from './guest-config.ts';
import type { ClusterState, GuestState, HaResource, NodeState } from './state.ts';
import { sidOf } from './state.ts';
import { Tasks } from './tasks.ts';
import { Timeline } from './timeline.ts';

/** How long things take, in ms. */
export interface ProxmoxTiming {
  /** One task. */
  readonly taskMs: number;
  /** A clean shutdown of a guest. */
  readonly shutdownMs: number;
  /** Until the HA manager does what was asked of it. */
  readonly haMs: number;
  /** A host is gone for so long when it is rebooted. */
  readonly bootMs: number;
  /** Until a backup server has verified a new archive. */
  readonly verifyMs: number;
}
export const REAL_TIMING: ProxmoxTiming = {
  taskMs: 2_000,
  shutdownMs: 8_000,
  haMs: 10_000,
  bootMs: 120_000,
  verifyMs: 5_000,
};

/** A Proxmox cluster without its API: state, and what goes on in it by itself. */
export class ProxmoxCluster {
  readonly state: ClusterState;
  readonly time: Timeline;
  readonly tasks: Tasks;
  timing: ProxmoxTiming;
  readonly #clock: Clock;
  #count = 0;

  constructor(facts: ProxmoxFacts, clock: Clock, timing: ProxmoxTiming) {
    this.#clock = clock;
    this.timing = timing;
    this.time = new Timeline(+clock.now());
    this.state = buildCluster(facts, this.time.now());
    this.tasks = new Tasks(this.state, this.time);
  }

  /** Lets everything happen that was due by now. */
  settle(): void {
    this.time.moveTo(+this.#clock.now());
    for (const node of this.state.nodes.values()) if (node.online) node.seenAt = this.time.now();
  }

  /** Another one each time: identities of what is made. */
  next(): number {
    return (this.#count += 1);
  }

  guestsOn(node: string): GuestState[] {
    return [...this.state.guests.values()].filter((guest) => guest.node === node);
  }

  haOf(guest: GuestState): HaResource | undefined {
    return this.state.ha.get(sidOf(guest));
  }

  turnOn(guest: GuestState): void {
    if (guest.status === 'stopped') applyPending(guest);
    guest.status = 'running';
    guest.startedAt = this.time.now();
  }

  turnOff(guest: GuestState): void {
    guest.status = 'stopped';
    applyPending(guest);
  }

  /** Down = it does not answer, its tasks die; back = its guests start that start at boot. */
  setNodeOnline(name: string, online: boolean): void {
    const node = this.state.nodes.get(name);
    if (!node || node.online === online) return;
    node.online = online;
    if (online) this.#boot(node);
    else this.#die(node);
  }

  #die(node: NodeState): void {
    node.seenAt = this.time.now();
    for (const task of this.state.tasks) if (task.node === node.name) this.tasks.stop(task, 'unexpected status');
    for (const guest of this.guestsOn(node.name)) guest.status = 'stopped';
  }

  #boot(node: NodeState): void {
    node.bootedAt = this.time.now();
    for (const guest of this.guestsOn(node.name))
      if (isOn(guest, 'onboot') && !isOn(guest, 'template')) this.turnOn(guest);
  }
}
