import type { JsonObject, KubeJson } from '../json.ts';
import { isObject } from '../objects/json.ts';

/** `stringData` is a way to write `data`: it goes over it, in base64, and is not kept. */
export function withStringData(secret: KubeJson): KubeJson {
  const { stringData, ...rest } = secret;
  if (!isObject(stringData)) return secret;
  const data: JsonObject = isObject(secret.data) ? { ...secret.data } : {};
  for (const [key, value] of Object.entries(stringData))
    data[key] = Buffer.from(typeof value === 'string' ? value : '').toString('base64');
  // Nothing but `stringData` was taken out.
  return { ...rest, data } as KubeJson;
}
