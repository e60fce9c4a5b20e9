import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Json, JsonObject, KubeJson } from '../../json.ts';

/** What a real Kubernetes 1.36.3 made of a set of objects (test data only). */
export interface Captured {
  /** What was sent, and what the answer to the POST was. */
  readonly created: readonly { path: string; input: KubeJson; stored: KubeJson }[];
  /** By `resourceKey`: the answer to a list as Table with `includeObject=Object`, and when it came. */
  readonly tables: Readonly<
    Record<
      string,
      {
        now: string;
        columns: readonly { name: string; type: string; format: string; priority: number }[];
        rows: readonly { cells: readonly Json[]; conditions?: readonly JsonObject[]; object: KubeJson }[];
      }
    >
  >;
}

/** Our own recordings: their shapes are the ones named here. */
const read = (file: string): unknown =>
  JSON.parse(gunzipSync(readFileSync(new URL(file, import.meta.url))).toString('utf8'));

export const captured = (): Captured => read('captured.json.gz') as Captured;

/** One write in a scenario, the object before it, and what the real server made of it. */
export interface CapturedWrite {
  readonly method: 'POST' | 'PATCH';
  readonly path: string;
  readonly type?: string;
  readonly body: JsonObject;
  readonly live?: KubeJson;
  readonly answer: {
    readonly code: number;
    readonly object?: KubeJson;
    readonly message?: string;
    readonly causes?: readonly JsonObject[];
  };
}

/** Scenarios of server-side apply and field owners, by name. */
export const capturedApplies = (): Readonly<Record<string, readonly CapturedWrite[]>> =>
  read('apply.json.gz') as Readonly<Record<string, readonly CapturedWrite[]>>;

interface Refusal {
  readonly code: number;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { reason: string; message: string; field: string }[] };
}

/** Objects and changes that a real server refused (and some it took), with its answers. */
export interface CapturedRefusals {
  readonly creates: readonly { path: string; input: KubeJson; answer: Refusal }[];
  readonly changes: readonly { path: string; before: KubeJson; patch: JsonObject; answer: Refusal }[];
}

export const capturedRefusals = (): CapturedRefusals => read('refusals.json.gz') as CapturedRefusals;
