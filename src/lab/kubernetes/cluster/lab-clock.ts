import type { Clock } from '../../../core/clock.ts';

/** The clock of a lab: follows another one, can run ahead of it, and can be held still while a past is played. */
export class LabClock implements Clock {
  readonly #base: Clock;
  #aheadMs = 0;
  #heldAt: number | undefined;

  constructor(base: Clock) {
    this.#base = base;
  }

  now(): Date {
    return new Date(this.#heldAt ?? +this.#base.now() + this.#aheadMs);
  }

  hold(at: Date): void {
    this.#heldAt = +at;
  }

  /** Goes on from where the other clock is. */
  release(): void {
    this.#heldAt = undefined;
  }

  moveTo(at: Date): void {
    if (this.#heldAt === undefined) this.#aheadMs += Math.max(0, +at - +this.now());
    else this.#heldAt = Math.max(this.#heldAt, +at);
  }
}
