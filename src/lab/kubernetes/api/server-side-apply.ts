import type { KubeJson } from '../json.ts';
import type { Call } from './call.ts';
import { unsupportedMediaType } from './fault.ts';
import type { ChangeOptions } from './write.ts';

export function applyObject(_call: Call, _name: string, _options: ChangeOptions): { object: KubeJson; isNew: boolean } {
  throw unsupportedMediaType('415: Unsupported Media Type', {});
}
