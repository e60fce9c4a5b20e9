import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const folder = join(import.meta.dirname, '../openapi');

/**
 * One recorded document (`../openapi/NAME.json.gz`) as JSON text.
 * The data was written by `scripts/record-openapi.ts`; a missing file is a broken installation and throws.
 */
export const recordedText = (name: string): string =>
  gunzipSync(readFileSync(join(folder, `${name}.json.gz`))).toString('utf8');

export interface DiscoveredSubresource {
  readonly subresource: string;
  readonly responseKind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly verbs: readonly string[];
}

export interface DiscoveredResource {
  readonly resource: string;
  readonly responseKind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly scope: 'Namespaced' | 'Cluster';
  readonly singularResource: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly DiscoveredSubresource[];
}

export interface DiscoveredVersion {
  readonly version: string;
  readonly resources: readonly DiscoveredResource[];
  readonly freshness: string;
}

export interface DiscoveredGroup {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly DiscoveredVersion[];
}

export interface Discovery {
  /** The nameless group of `/api`. */
  readonly core: readonly DiscoveredGroup[];
  readonly named: readonly DiscoveredGroup[];
}

/** The aggregated discovery lists of a real control plane, cut to what the lab serves. */
// The recording script wrote exactly this shape.
export const recordedDiscovery = (): Discovery => JSON.parse(recordedText('discovery')) as Discovery;
