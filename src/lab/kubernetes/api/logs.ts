import type { KubeJson } from '../json.ts';
import { objectsAt } from '../objects/json.ts';
import { badRequest, type FieldError, invalid } from './fault.ts';
import { wholeNumber } from './options.ts';

/** One line that a container wrote, without its line break. */
export interface LogLine {
  readonly at: Date;
  readonly text: string;
}

/** Where the log of a container comes from: the lab's kubelet. */
export interface LogSource {
  /**
   * Lines so far, oldest first, of the container or of its instance before the last restart.
   * `error` is what the API answers with 400: `container "c" in pod "p" is waiting to start: ContainerCreating`,
   * `previous terminated container "c" in pod "p" not found`.
   */
  logs(
    pod: KubeJson,
    container: string,
    options: { readonly previous: boolean },
  ): { readonly lines: readonly LogLine[] } | { readonly error: string };
  /** Calls `line` for every line written from now on until the function it returns is called; not there = none come. */
  follow?(pod: KubeJson, container: string, line: (line: LogLine) => void): () => void;
}

export interface LogQuery {
  readonly container: string;
  readonly previous: boolean;
  readonly follow: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly since: Date | undefined;
  readonly limitBytes: number | undefined;
}

const OPTIONS = { group: '', kind: 'PodLogOptions' };

const tooSmall = (field: string, value: number, why: string): FieldError => ({
  field,
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${value}: ${why}`,
});

/** The container that is meant when none is named, or a 400 that lists them. */
function containerOf(pod: KubeJson, asked: string): string {
  const names = (field: string): string[] =>
    objectsAt(pod.spec, field).flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
  const [containers, init, ephemeral] = [names('containers'), names('initContainers'), names('ephemeralContainers')];
  const { name } = pod.metadata;
  if (asked !== '') {
    if ([...containers, ...init, ...ephemeral].includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const all = [...init, ...containers, ...ephemeral];
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${all.join(' ')}]`);
}

const flag = (query: URLSearchParams, name: string): boolean => query.get(name) === 'true' || query.get(name) === '1';

interface Limits {
  readonly tailLines: number | undefined;
  readonly sinceSeconds: number | undefined;
  readonly limitBytes: number | undefined;
}

/** Everything that is wrong with the limits, in the order of the real server. */
function limitErrors({ tailLines, sinceSeconds, limitBytes }: Limits, hasSinceTime: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if (tailLines !== undefined && tailLines < 0)
    errors.push(tooSmall('tailLines', tailLines, 'must be greater than or equal to 0'));
  if (limitBytes !== undefined && limitBytes < 1)
    errors.push(tooSmall('limitBytes', limitBytes, 'must be greater than 0'));
  if (sinceSeconds !== undefined && hasSinceTime)
    errors.push({
      field: '[]',
      reason: 'FieldValueForbidden',
      message: 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
    });
  else if (sinceSeconds !== undefined && sinceSeconds < 1)
    errors.push(tooSmall('sinceSeconds', sinceSeconds, 'must be greater than 0'));
  return errors;
}

/** Reads the query of `pods/log`; throws 400, 422. */
export function logQuery(pod: KubeJson, query: URLSearchParams, now: Date): LogQuery {
  const number = (name: string): number | undefined => wholeNumber(query.get(name));
  const limits = {
    tailLines: number('tailLines'),
    sinceSeconds: number('sinceSeconds'),
    limitBytes: number('limitBytes'),
  };
  const sinceTime = query.get('sinceTime');
  const errors = limitErrors(limits, sinceTime !== null);
  if (errors.length > 0) throw invalid(OPTIONS, pod.metadata.name, errors);
  const { sinceSeconds } = limits;
  const since = sinceTime ? new Date(sinceTime) : undefined;
  return {
    container: containerOf(pod, query.get('container') ?? ''),
    previous: flag(query, 'previous'),
    follow: flag(query, 'follow'),
    timestamps: flag(query, 'timestamps'),
    tailLines: limits.tailLines,
    since: sinceSeconds === undefined ? since : new Date(+now - sinceSeconds * 1000),
    limitBytes: limits.limitBytes,
  };
}

export const logText = ({ at, text }: LogLine, timestamps: boolean): string =>
  timestamps ? `${at.toISOString().replace('Z', '000000Z')} ${text}\n` : `${text}\n`;

/** The part of a log that was asked for. */
export function selectLog(lines: readonly LogLine[], { since, tailLines, limitBytes, timestamps }: LogQuery): string {
  const recent = since ? lines.filter(({ at }) => at >= since) : lines;
  const tail = tailLines === undefined ? recent : tailLines === 0 ? [] : recent.slice(-tailLines);
  const text = tail.map((line) => logText(line, timestamps)).join('');
  return limitBytes === undefined ? text : Buffer.from(text).subarray(0, limitBytes).toString('utf8');
}
