/** One value that tells something only by how it changes: a counter, or how long a scrub took. */
export interface Reading {
  /** What it is of, for good: `disk <serial>`, `vdev <pool guid> <guid>`. */
  readonly resource: string;
  readonly metric: string;
  readonly value: number;
}

/** A time during which the same value was read. */
export interface Run {
  readonly value: number;
  readonly from: string;
  /** When it was seen last, to within some hours. */
  readonly to: string;
}

/** `resource metric` -> what was read before the look at hand, oldest first. */
export type Readings = ReadonlyMap<string, readonly Run[]>;

export const readingKey = ({ resource, metric }: Pick<Reading, 'resource' | 'metric'>): string =>
  `${resource} ${metric}`;

/** Small and bounded; a store that fails throws, and the look goes on without it. */
export interface ReadingStore {
  past(): Readings;
  /** Keeps what is new at that time; the same value again makes its run longer. */
  keep(readings: readonly Reading[], at: Date): void;
  close(): void;
}
