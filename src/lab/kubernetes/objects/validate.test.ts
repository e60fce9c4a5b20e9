import { expect, test } from 'vitest';
import type { JsonObject, KubeJson } from '../json.ts';
import { decodeRequest } from './decode.ts';
import { applyDefaults } from './defaults.ts';
import { ApiFault } from './fault.ts';
import { applyMergePatch } from './patch.ts';
import { shapeOf, untypedShape } from './schema.ts';
import { capturedRefusals } from './testdata/captured.ts';
import { validateObject } from './validate.ts';

const { creates, changes } = capturedRefusals();

const gvkOf = ({ apiVersion, kind }: KubeJson) => {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return { group: group ?? '', version: version ?? '', kind };
};

/** What the lab answers to an object on its way in. */
function answer(object: KubeJson, old?: KubeJson): ApiFault | undefined {
  try {
    const gvk = gvkOf(object);
    validateObject(
      gvk,
      applyDefaults(gvk, decodeRequest(object, gvk, shapeOf(gvk) ?? untypedShape(), 'Warn').object),
      old,
    );
    return undefined;
  } catch (error) {
    if (error instanceof ApiFault) return error;
    throw error;
  }
}

/**
 * What is compared: the code, and each cause's field and reason with the beginning of its message.
 * Not compared: values that the server prints as its internal Go types, the difference it appends, and huge pages,
 * which the lab does not judge.
 */
const causesOf = (details: { causes?: readonly { reason?: string; message?: string; field?: string }[] } | undefined) =>
  [
    ...new Set(
      (details?.causes ?? [])
        .filter(({ field = '', message = '' }) => !/hugepages/i.test(field + message))
        .map(({ reason, message = '', field = '' }) => `${field}: ${reason} ${cut(message)}`),
    ),
  ].sort();

const cut = (message: string): string =>
  message.split('\n')[0]!.replace(/value: [{[n].*?[}\]l]: (?=[^{}]*$)/, 'value: ... ');

/** Refused by admission, allocation or the URL rather than by the object: not this module's to say. */
const ELSEWHERE = /error looking up service account|not in the valid range|does not match the namespace sent/;

const label = (text: string): string => text.slice(0, 90);
const refused = creates.filter(({ answer: { message = '' } }) => !ELSEWHERE.test(message));

test.each(refused.map((entry) => [label(entry.answer.message ?? ''), entry] as const))(
  '%s: refused as by the real server',
  (_label, { input, answer: real }) => {
    const mine = answer(input)?.body;
    expect(causesOf(mine?.details)).toEqual(causesOf(real.details));
    expect(mine?.code).toBe(real.code);
  },
);

/** A stale resourceVersion is the store's to refuse; tolerations that admission puts back are never missed. */
const isElsewhere = ({ answer: { code }, patch }: (typeof changes)[number]): boolean =>
  code === 409 || JSON.stringify(patch).includes('tolerations');

test.each(changes.filter((entry) => !isElsewhere(entry)).map((entry) => [JSON.stringify(entry.patch), entry] as const))(
  'the change %s is answered as by the real server',
  (_label, { before, patch, answer: real }) => {
    const next = applyMergePatch(before as unknown as JsonObject, patch) as unknown as KubeJson;
    const mine = answer(next, before)?.body;
    expect(causesOf(mine?.details)).toEqual(causesOf(real.details));
    expect(mine?.code ?? 200).toBe(real.code);
  },
);
