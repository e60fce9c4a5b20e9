import { redactText } from '../../../core/redact.ts';
import { isSensitiveName } from '../../../core/redact-assignments.ts';
import { isJson, type Json } from '../../cluster/support/json.ts';
import { unifiedDiff } from '../../cluster/support/unified-diff.ts';
import { toYaml } from '../../cluster/support/yaml.ts';

/** Laid over what is set already, as helm merges values: maps key by key, everything else whole; null unsets a default of the chart. */
export function mergeValues(base: Json, over: Json): Json {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key];
    merged[key] = isJson(value) && isJson(old) ? mergeValues(old, value) : value;
  }
  return merged;
}

const mask = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(mask);
  if (isJson(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mask(inner)]));
  return value === null || typeof value === 'boolean'
    ? value
    : `[masked ${Buffer.byteLength(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))} bytes]`;
};

/** Values as a model may see them: what stands under a name that says secret is masked, whatever it looks like. */
export function maskValues(value: Json): Json;
export function maskValues(value: unknown): unknown;
export function maskValues(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => maskValues(one));
  if (typeof value === 'string') return redactText(value);
  if (!isJson(value)) return value;
  const isVariable = typeof value['name'] === 'string' && isSensitiveName(value['name']);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const isSecret = (isSensitiveName(key) && !isReference(inner)) || (isVariable && key === 'value');
      return [key, isSecret ? mask(inner) : maskValues(inner)];
    }),
  );
}

/** `existingSecret: name` and the like only point. */
const isReference = (value: unknown): boolean => isJson(value) && ('secretKeyRef' in value || 'secretName' in value);

/** '' when nothing differs that may be seen. */
export function diffValues(before: Json, after: Json): string {
  const text = (values: Json): string => (Object.keys(values).length === 0 ? '' : toYaml(maskValues(values)));
  const diff = unifiedDiff(text(before), text(after), 2);
  return diff === '' && JSON.stringify(before) !== JSON.stringify(after) ? '~ masked values differ' : diff;
}
