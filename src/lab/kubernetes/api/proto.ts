import type { JsonObject } from '../json.ts';
import { unsupportedMediaType } from './fault.ts';

export function decodeProtobuf(_body: Buffer): JsonObject {
  throw unsupportedMediaType('protobuf is not decoded yet');
}
