import type { Json, JsonObject } from '../../json.ts';
import { listAt, objectsAt, textAt } from '../json.ts';
import { type FieldSet, isEmpty, readFieldsV1, writeFieldsV1 } from './field-set.ts';

/** One entry of managedFields: who, how, when, and which fields. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

type Identity = Pick<Manager, 'manager' | 'operation' | 'apiVersion' | 'subresource'>;

/** What makes two entries the same manager: for an apply the version does not matter. */
export const identityOf = ({ manager, operation, apiVersion, subresource }: Identity): string =>
  JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource]);

export const readManagers = (metadata: unknown): Manager[] =>
  objectsAt(metadata, 'managedFields').map((entry) => ({
    manager: textAt(entry, 'manager') ?? '',
    operation: textAt(entry, 'operation') === 'Apply' ? 'Apply' : 'Update',
    apiVersion: textAt(entry, 'apiVersion') ?? '',
    subresource: textAt(entry, 'subresource') ?? '',
    time: textAt(entry, 'time'),
    fields: readFieldsV1(entry['fieldsV1']),
  }));

/** True when a client sends `managedFields: [{}]` to have everything forgotten. */
export const resetsManagers = (metadata: unknown): boolean => {
  const entries = listAt(metadata, 'managedFields');
  return entries.length === 1 && JSON.stringify(entries[0]) === '{}';
};

export const writeManagers = (managers: readonly Manager[]): JsonObject[] =>
  managers
    .filter(({ fields }) => !isEmpty(fields))
    .sort(byAge)
    .map(({ manager, operation, apiVersion, subresource, time, fields }) => {
      const entry: Record<string, Json> = { manager, operation, apiVersion };
      if (time !== undefined) entry['time'] = time;
      entry['fieldsType'] = 'FieldsV1';
      entry['fieldsV1'] = writeFieldsV1(fields);
      if (subresource !== '') entry['subresource'] = subresource;
      return entry;
    });

/** Appliers first, then the older first. */
function byAge(a: Manager, b: Manager): number {
  const key = ({ operation, time, manager, apiVersion, subresource }: Manager): string[] => [
    operation,
    time ?? '',
    manager,
    apiVersion,
    subresource,
  ];
  const [left, right] = [key(a), key(b)];
  const index = left.findIndex((part, i) => part !== right[i]);
  return index < 0 ? 0 : (left[index] ?? '') < (right[index] ?? '') ? -1 : 1;
}
