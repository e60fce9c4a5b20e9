import type { KubeJson } from '../json.ts';
import type { ServedResource } from './catalogue.ts';
import type { ApiContext, WriteOptions } from './context.ts';

export function reviewPodSecurity(
  _context: ApiContext,
  _resource: ServedResource,
  _object: KubeJson,
  _current: KubeJson | undefined,
  _options: WriteOptions,
): void {}
