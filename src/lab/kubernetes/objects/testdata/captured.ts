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

export const captured = (): Captured =>
  // Our own recording: its shape is the one above.
  JSON.parse(gunzipSync(readFileSync(new URL('captured.json.gz', import.meta.url))).toString('utf8')) as Captured;
