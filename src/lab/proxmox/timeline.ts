interface Due {
  readonly at: number;
  readonly run: () => void;
}

/** What happens later. It moves only when it is told what time it is, so that the same calls give the same world. */
export class Timeline {
  #now: number;
  #due: Due[] = [];

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): void {
    this.#due.push({ at: this.#now + ms, run });
  }

  /** Runs everything that was due until then, in order; what that leads to as well. */
  moveTo(time: number): void {
    for (;;) {
      const next = this.#next(time);
      if (!next) break;
      this.#due = this.#due.filter((each) => each !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = Math.max(this.#now, time);
  }

  #next(time: number): Due | undefined {
    let first: Due | undefined;
    // Entries are in the order they were made, so that of two at the same time the older one stays first.
    for (const each of this.#due) if (each.at <= time && (!first || each.at < first.at)) first = each;
    return first;
  }
}
