import type { KnownSecrets } from './known-secrets.ts';
import { redactAssignments } from './redact-assignments.ts';
import { REDACT_RULES } from './redact-rules.ts';

/** What stands where a secret stood. */
const mark = (name: string): string => `[redacted ${name}]`;

/**
 * The text without secrets: exact known values first, then everything that looks like one.
 * The last layer only: what is known to be secret by its kind (Secret data) is never read into text at all.
 * Linear in the length of the text; running it twice changes nothing more.
 */
export function redactText(text: string, known?: KnownSecrets): string {
  let clean = redactPem(known === undefined ? text : known.scrub(text));
  for (const { name, pattern, when } of REDACT_RULES)
    clean = clean.replace(pattern, (match: string, kept: unknown) =>
      when !== undefined && !when(match) ? match : `${typeof kept === 'string' ? kept : ''}${mark(name)}`,
    );
  return redactAssignments(clean);
}

const BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

/** By hand, since one regular expression over BEGIN ... END is quadratic when no END comes. A cut key is dropped to the end of the text. */
function redactPem(text: string): string {
  const parts: string[] = [];
  let done = 0;
  BEGIN.lastIndex = 0;
  for (let begin = BEGIN.exec(text); begin !== null; begin = BEGIN.exec(text)) {
    parts.push(text.slice(done, begin.index), mark('private key'));
    END.lastIndex = begin.index;
    done = END.exec(text) === null ? text.length : END.lastIndex;
    BEGIN.lastIndex = done;
  }
  parts.push(text.slice(done));
  return parts.join('');
}
