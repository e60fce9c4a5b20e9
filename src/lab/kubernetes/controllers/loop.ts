import type { Controller, LabApi } from '../controller.ts';
import type { WatchEvent } from '../store.ts';
import { after, SECOND } from './support.ts';

/** A controller that says more exactly than by resource which changes concern it. `*` watches every resource. */
export interface LoopController extends Controller {
  wants?(event: WatchEvent): boolean;
}

export interface LoopHooks {
  /** Called after each write that gives a controller something to do. */
  onWork?(): void;
  /** A controller threw; it is called again after a while. Without this hook the error is thrown on. */
  onProblem?(controller: string, error: unknown): void;
}

const RETRY_MS = 30 * SECOND;

interface Slot {
  readonly controller: LoopController;
  dirty: boolean;
  wakeAt: Date | undefined;
}

/** More rounds than any honest change needs: beyond it two controllers undo each other's work. */
const MAX_ROUNDS = 500;

/**
 * Runs controllers until they have nothing to do, in the order given, each once per round.
 * It holds no timer itself: `nextWake` says when somebody should call `run` again.
 */
export class ControlLoop {
  readonly #api: LabApi;
  readonly #slots: readonly Slot[];
  readonly #stop: () => void;
  readonly #hooks: LoopHooks;

  constructor(api: LabApi, controllers: readonly LoopController[], hooks: LoopHooks = {}) {
    this.#api = api;
    this.#hooks = hooks;
    this.#slots = controllers.map((controller) => ({ controller, dirty: true, wakeAt: undefined }));
    this.#stop = api.listen((event) => this.#note(event));
  }

  /** One round; false when nobody had anything to do. */
  round(): boolean {
    const now = this.#api.now();
    let worked = false;
    for (const slot of this.#slots) {
      if (!slot.dirty && !(slot.wakeAt && slot.wakeAt <= now)) continue;
      slot.dirty = false;
      slot.wakeAt = this.#reconcile(slot.controller);
      worked = true;
    }
    return worked;
  }

  /** Rounds until nobody has anything to do now. */
  run(): void {
    for (let round = 0; this.round(); round += 1)
      if (round > MAX_ROUNDS) throw new Error(`lab: controllers do not come to rest: ${this.#busy().join(', ')}`);
  }

  /** Something changed that is not in the API. */
  wakeAll(): void {
    for (const slot of this.#slots) slot.dirty = true;
    this.#hooks.onWork?.();
  }

  isIdle(): boolean {
    const now = this.#api.now();
    return this.#slots.every(({ dirty, wakeAt }) => !dirty && !(wakeAt && wakeAt <= now));
  }

  /** The next moment at which a controller wants to be called; undefined = only after a change. */
  nextWake(): Date | undefined {
    const moments = this.#slots.map(({ wakeAt }) => wakeAt).filter((moment) => moment !== undefined);
    return moments.length === 0 ? undefined : new Date(Math.min(...moments.map(Number)));
  }

  close(): void {
    this.#stop();
  }

  #reconcile(controller: LoopController): Date | undefined {
    if (!this.#hooks.onProblem) return controller.reconcile(this.#api);
    try {
      return controller.reconcile(this.#api);
    } catch (error) {
      this.#hooks.onProblem(controller.name, error);
      return after(this.#api.now(), RETRY_MS);
    }
  }

  #note(event: WatchEvent): void {
    let woken = false;
    for (const slot of this.#slots) {
      const { controller } = slot;
      if (slot.dirty || !(controller.watches.includes(event.resource) || controller.watches.includes('*'))) continue;
      if (controller.wants?.(event) === false) continue;
      slot.dirty = true;
      woken = true;
    }
    if (woken) this.#hooks.onWork?.();
  }

  #busy(): string[] {
    return this.#slots.filter(({ dirty }) => dirty).map(({ controller }) => controller.name);
  }
}
