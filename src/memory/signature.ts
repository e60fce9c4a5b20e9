import { sha256 } from '../core/canonical.ts';

/** What changes from one time to the next, by what stands for it; the order matters. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<id>'],
  [/\b\d{4}-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?z?)?/g, '<time>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<address>'],
  // Pods and ReplicaSets: name-5d4c8b7f9c-x2k4p.
  [/(?<=[a-z])-[0-9a-z]{8,10}-[0-9a-z]{5}\b/g, '-<id>'],
  [/\b(?:0x)?(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,}\b/g, '<id>'],
  [/\d+(?:\.\d+)*/g, '<n>'],
];
const MAX_CHARACTERS = 2_000;

/** A symptom without what differs each time (numbers, ids, addresses, times), lower case, blanks folded. */
export function symptomSignature(text: string): string {
  let signature = text.slice(0, MAX_CHARACTERS).toLowerCase();
  for (const [pattern, mask] of MASKS) signature = signature.replace(pattern, mask);
  return signature
    .replace(/[\s"'`]+/g, ' ')
    .replace(/[ .:;,]+$/, '')
    .trim();
}

/** The node that every lesson and incident with this signature shares. */
export const symptomNode = (text: string): `symptom:${string}` =>
  `symptom:${sha256(symptomSignature(text)).slice(0, 16)}`;
