import { age } from './age.ts';
import { type Json, numberAt, textAt } from './json.ts';

export interface FoldedEvent {
  readonly type: string;
  readonly reason: string;
  readonly object: string;
  readonly namespace: string;
  readonly count: number;
  readonly last: string | undefined;
  readonly message: string;
}

/** One row per reason and object: Warnings first, then the latest. */
export function foldEvents(events: readonly Json[]): readonly FoldedEvent[] {
  const groups = Map.groupBy(events, (event) =>
    [textAt(event, 'type'), textAt(event, 'reason'), objectOf(event), textAt(event, 'metadata', 'namespace')].join(
      '\t',
    ),
  );
  return [...groups.values()].map(fold).toSorted((a, b) => rank(a) - rank(b) || compare(b.last ?? '', a.last ?? ''));
}

function fold(group: readonly Json[]): FoldedEvent {
  const sorted = group.toSorted((a, b) => compare(timeOf(b) ?? '', timeOf(a) ?? ''));
  const [latest] = sorted;
  return {
    type: textAt(latest, 'type') ?? 'Normal',
    reason: textAt(latest, 'reason') ?? '-',
    object: objectOf(latest),
    namespace: textAt(latest, 'metadata', 'namespace') ?? '-',
    count: group.reduce(
      (sum, event) => sum + Math.max(1, numberAt(event, 'count') ?? numberAt(event, 'series', 'count') ?? 1),
      0,
    ),
    last: timeOf(latest),
    message: textAt(latest, 'message') ?? '',
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const rank = ({ type }: FoldedEvent): number => (type === 'Warning' ? 0 : 1);

const objectOf = (event: unknown): string =>
  `${textAt(event, 'involvedObject', 'kind') ?? '?'}/${textAt(event, 'involvedObject', 'name') ?? '?'}`;

const timeOf = (event: unknown): string | undefined =>
  textAt(event, 'series', 'lastObservedTime') ??
  textAt(event, 'lastTimestamp') ??
  textAt(event, 'eventTime') ??
  textAt(event, 'metadata', 'creationTimestamp');

/** Longest message of an event that is shown. */
export const EVENT_CHARS = 300;
export const EVENT_COLUMNS: readonly string[] = ['type', 'last', 'count', 'reason', 'object', 'message'];

export const eventRow = ({ type, last, count, reason, object, message }: FoldedEvent, now: Date): readonly string[] => [
  type,
  age(last, now),
  String(count),
  reason,
  object,
  message,
];
