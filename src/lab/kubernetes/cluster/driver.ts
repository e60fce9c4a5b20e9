import type { ControlLoop } from '../controllers/loop.ts';
import type { LabClock } from './lab-clock.ts';

/** Longest wait that a timer of Node can hold. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Calls a control loop when it has something to do: one round per turn of the event loop, so that requests are answered
 * in between, and one timer for the next moment somebody waits for. Without work it costs nothing.
 */
export class Driver {
  readonly #loop: ControlLoop;
  readonly #clock: LabClock;
  readonly #realTime: boolean;
  #timer: NodeJS.Timeout | undefined;
  #queued = false;
  #running = false;

  /** `realTime` false = nobody but the caller moves the clock, so timers would be of no use. */
  constructor(loop: ControlLoop, clock: LabClock, realTime: boolean) {
    this.#loop = loop;
    this.#clock = clock;
    this.#realTime = realTime;
  }

  start(): void {
    this.#running = true;
    this.wake();
  }

  wake(): void {
    if (this.#queued || !this.#running) return;
    this.#queued = true;
    setImmediate(() => this.#turn());
  }

  /** Works until nobody has anything to do now. */
  settle(): void {
    this.#loop.run();
    this.#arm();
  }

  /** Moves the clock, stopping at each moment that somebody waits for. */
  advanceTo(end: Date): void {
    this.#loop.run();
    for (let next = this.#loop.nextWake(); next && next <= end; next = this.#loop.nextWake()) {
      this.#clock.moveTo(next);
      this.#loop.run();
    }
    this.#clock.moveTo(end);
    this.settle();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#loop.close();
  }

  #turn(): void {
    this.#queued = false;
    if (!this.#running) return;
    this.#loop.round();
    if (this.#loop.isIdle()) this.#arm();
    else this.wake();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#loop.nextWake();
    if (!next || !this.#realTime || !this.#running) return;
    const delay = Math.min(Math.max(+next - +this.#clock.now(), 1), MAX_TIMEOUT_MS);
    this.#timer = setTimeout(() => this.wake(), delay).unref();
  }
}
