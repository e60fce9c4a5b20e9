import type { Case } from './case.ts';
import type { FoldedEvent } from './events.ts';
import { lastTerminations, podState } from './pod-state.ts';

/** One probable cause. `title` and `remedy` are our words, `evidence` quotes the cluster. */
export interface Cause {
  /** 0..100: how sure, and how near to the root. */
  readonly weight: number;
  readonly title: string;
  readonly evidence: readonly string[];
  readonly remedy: string;
  /** Words to ask the lessons with. */
  readonly words: string;
}

export type Rule = (seen: Case) => readonly Cause[];

export const when = (condition: boolean, cause: () => Cause): readonly Cause[] => (condition ? [cause()] : []);

export const matching = (seen: Case, reasons: readonly string[], text?: RegExp): readonly FoldedEvent[] =>
  seen.events.filter(({ reason, message }) => reasons.includes(reason) && (text === undefined || text.test(message)));

export const quote = (events: readonly FoldedEvent[]): readonly string[] =>
  events
    .slice(0, 3)
    .map(({ reason, object, count, message }) => `event ${reason} on ${object} (x${count}): ${message}`);

export const podsWith = (seen: Case, ...statuses: readonly string[]): readonly string[] =>
  seen.workload.pods
    .filter((pod) => statuses.some((status) => podState(pod).status.endsWith(status)))
    .map(({ metadata }) => metadata.name);

/** Waiting reasons with their messages, per container. */
export const waiting = (seen: Case, reasons: readonly string[]): readonly string[] =>
  seen.workload.pods.flatMap(({ metadata, status }) =>
    [...status.initContainerStatuses, ...status.containerStatuses].flatMap(({ name, state }) =>
      state?.waiting?.reason !== undefined && reasons.includes(state.waiting.reason)
        ? [
            `${metadata.name}/${name}: ${state.waiting.reason}${state.waiting.message === undefined ? '' : `: ${state.waiting.message}`}`,
          ]
        : [],
    ),
  );

export const terminations = (seen: Case) =>
  seen.workload.pods.flatMap((pod) => lastTerminations(pod).map((one) => ({ ...one, pod: pod.metadata.name })));

export const lastWords = ({ lastWords: said }: Case): readonly string[] =>
  said === undefined ? [] : said.lines.map((line) => `log of ${said.pod}/${said.container}: ${line}`);

export const terminationMessages = (seen: Case): readonly string[] =>
  seen.workload.pods.flatMap(({ metadata, status }) =>
    [...status.initContainerStatuses, ...status.containerStatuses].flatMap(({ name, state, lastState }) =>
      [state?.terminated?.message, lastState?.terminated?.message].flatMap((message) =>
        message === undefined ? [] : [`${metadata.name}/${name}: ${message}`],
      ),
    ),
  );
