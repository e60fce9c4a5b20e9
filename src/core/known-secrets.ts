/** Values that must never leave, found in any of the forms they travel in. */
export interface KnownSecrets {
  /** The text with every known value, in every form, replaced. */
  scrub(text: string): string;
}

/** Shorter values are too common to search for: they would redact ordinary words. */
const MIN_LENGTH = 6;
const MARK = '[redacted known secret]';
const SPACE = /\s/;

/**
 * Knows `values` raw, base64, base64url, hex, URL-encoded and JSON-escaped, each also broken over lines
 * (YAML blocks, base64 wrapped at 64 or 76 columns) and base64 in the middle of a longer value.
 */
export function knownSecrets(values: Iterable<string>): KnownSecrets {
  const forms = new Set<string>();
  for (const value of values) if (value.length >= MIN_LENGTH) for (const form of formsOf(value)) forms.add(form);
  // Longest first, so that a form that contains another is taken whole.
  const needles = [...forms].sort((a, b) => b.length - a.length);
  return { scrub: (text) => scrub(text, needles) };
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  const hex = bytes.toString('hex');
  const url = encodeURIComponent(value);
  const json = JSON.stringify(value).slice(1, -1);
  const base64 = [0, 1, 2].map((shift) => base64Core(bytes, shift)).filter((form) => form.length >= MIN_LENGTH);
  return [
    value,
    json,
    JSON.stringify(json).slice(1, -1),
    hex,
    hex.toUpperCase(),
    url,
    url.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    url.replaceAll('%20', '+'),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
  ].map((form) => form.replaceAll(/\s+/g, ''));
}

/** The characters of base64 that depend on these bytes alone, when `shift` other bytes stand before them. */
function base64Core(bytes: Buffer, shift: number): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replaceAll('=', '');
  const tail = (shift + bytes.length) % 3 === 0 ? 0 : 1;
  return encoded.slice(shift === 0 ? 0 : shift + 1, encoded.length - tail);
}

/** Blanks are left out on both sides before comparing, so that a wrapped value is still found. */
function scrub(text: string, needles: readonly string[]): string {
  if (needles.length === 0 || text === '') return text;
  const { packed, at } = pack(text);
  const ranges: [number, number][] = [];
  for (const needle of needles) {
    if (needle.length < MIN_LENGTH) continue;
    for (let from = packed.indexOf(needle); from !== -1; from = packed.indexOf(needle, from + needle.length))
      ranges.push([at[from] ?? 0, (at[from + needle.length - 1] ?? 0) + 1]);
  }
  return replaceRanges(text, ranges);
}

function pack(text: string): { packed: string; at: Uint32Array } {
  const at = new Uint32Array(text.length);
  const kept: string[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (SPACE.test(char)) continue;
    at[kept.length] = i;
    kept.push(char);
  }
  return { packed: kept.join(''), at };
}

function replaceRanges(text: string, ranges: [number, number][]): string {
  if (ranges.length === 0) return text;
  ranges.sort(([a], [b]) => a - b);
  const parts: string[] = [];
  let done = 0;
  for (const [start, end] of ranges) {
    if (end <= done) continue;
    if (start >= done) parts.push(text.slice(done, start), MARK);
    done = end;
  }
  parts.push(text.slice(done));
  return parts.join('');
}
