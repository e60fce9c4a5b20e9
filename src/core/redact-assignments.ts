/**
 * Secrets that give themselves away by the name in front of them: `password: x`, `API_KEY=x`, `"token":"x"`,
 * YAML blocks below such a key, and `name: DB_PASSWORD` followed by `value: x`.
 */
const MARK = '[redacted value]';

const KEY = [
  'pass(?:word|wd|phrase)',
  '(?<![A-Za-z])(?:pass|pwd|psk|cookie|creds?)',
  'set-cookie',
  'api[_-]?key',
  'access[_-]?key(?:[_-]?id)?',
  'secret[_-]?(?:access[_-]?)?key',
  '(?:private|encryption|signing|account|shared|auth|pre-?shared|master|license)[_-]?key',
  'client-key-data',
  'token',
  'secret',
  'credentials?',
].join('|');

/** A key, then `=` or `:`, then a quoted value or everything up to a blank or a closing mark. All parts are bounded. */
const ASSIGNMENT = new RegExp(
  String.raw`(${KEY})(\\?["']?[ \t]{0,4}(?:=>|:=|[:=])[ \t]{0,4})(\\?"(?:[^"\\\n]|\\[^"\n]){0,4000}\\?"|'[^'\n]{0,4000}'|[^\s,;"'&)}\]]{1,4000})`,
  'gi',
);
const SENSITIVE_NAME = new RegExp(String.raw`(?:${KEY})["']?[ \t]*$`, 'i');
const BLOCK = new RegExp(String.raw`^([ \t]*(?:- )?)["']?[\w.-]*(?:${KEY})["']?:[ \t]*[|>][-+\d]{0,2}[ \t]*$`, 'i');
const NAME_LINE = /^[ \t]*(?:- )?["']?(?:name|key|Name|Key)["']?[ \t]?:[ \t]{0,4}["']?([\w.-]{1,200})["']?,?[ \t]*$/;
const VALUE_LINE = /^([ \t]*(?:- )?["']?(?:value|Value)["']?[ \t]?:[ \t]{0,4})(\S.*)$/;
const NAME_VALUE_JSON = new RegExp(
  String.raw`("name"\s{0,3}:\s{0,3}"[\w.-]{0,100}(?:${KEY})"\s{0,3},\s{0,3}"value"\s{0,3}:\s{0,3}")((?:[^"\\\n]|\\.){1,4000})(?=")`,
  'gi',
);

/** Not a value: a reference, a template, a placeholder, or what was redacted before. */
const PLACEHOLDER =
  /^(?:\[redacted|\[masked|\$[({A-Za-z]|\{\{|<|\*{3}|\.{3}|(?:null|nil|none|true|false|yes|no|undefined|\{|\[|\||>-?|-)$)/i;
/** Names of Secrets and words of prose stand behind these keys as often as secrets do. */
const VAGUE = /^(?:token|secret|credentials?|creds?|cookie|pass)$/i;

export function redactAssignments(text: string): string {
  return redactLines(text.replace(NAME_VALUE_JSON, (_match, before: string) => `${before}${MARK}`))
    .map((line) => redactLine(line))
    .join('\n');
}

/** What needs the lines before: blocks and name/value pairs. */
function redactLines(text: string): string[] {
  let blockIndent = -1;
  let named = false;
  return text.split('\n').map((line) => {
    const indent = line.length - line.trimStart().length;
    const blank = line.trim() === '';
    if (blockIndent >= 0 && blank) return line;
    if (blockIndent >= 0 && indent > blockIndent) return `${line.slice(0, indent)}${MARK}`;
    blockIndent = BLOCK.test(line) ? indent : -1;
    const afterName = named;
    named = SENSITIVE_NAME.test(NAME_LINE.exec(line)?.[1] ?? '');
    return afterName ? redactValueLine(line) : line;
  });
}

function redactValueLine(line: string): string {
  const [, before, value] = VALUE_LINE.exec(line) ?? [];
  return before === undefined || value === undefined || PLACEHOLDER.test(unquote(value).inner)
    ? line
    : `${before}${MARK}`;
}

function redactLine(line: string): string {
  let out = '';
  let done = 0;
  ASSIGNMENT.lastIndex = 0;
  for (let found = ASSIGNMENT.exec(line); found !== null; found = ASSIGNMENT.exec(line)) {
    const [, key = '', sign = '', value = ''] = found;
    const { open, inner } = unquote(value);
    const valueAt = found.index + key.length + sign.length;
    const firstOfLine = sign.includes(':') && open === '' && isKeyOfLine(line.slice(0, found.index));
    ASSIGNMENT.lastIndex = valueAt;
    if (!isLikely(key, inner, firstOfLine || open !== '' || sign.includes('='))) continue;
    out += `${line.slice(done, valueAt)}${open}${MARK}${open}`;
    // In YAML and ini the whole rest of the line is the value, unless a comment follows.
    done = firstOfLine && !/[{}"]/.test(line.slice(valueAt)) ? endOfValue(line, valueAt) : valueAt + value.length;
    ASSIGNMENT.lastIndex = done;
  }
  return out + line.slice(done);
}

const isKeyOfLine = (before: string): boolean => /^[-+ \t]*["']?[\w.-]*$/.test(before);

function endOfValue(line: string, from: number): number {
  const comment = line.indexOf(' #', from);
  return comment === -1 ? line.length : comment;
}

function unquote(value: string): { open: string; inner: string } {
  const open = /^\\?["']/.exec(value)?.[0] ?? '';
  return open === '' ? { open, inner: value } : { open, inner: value.slice(open.length, value.length - open.length) };
}

function isLikely(key: string, value: string, structured: boolean): boolean {
  if (value === '' || PLACEHOLDER.test(value)) return false;
  if (!VAGUE.test(key)) return structured || /\d/.test(value) || value.length >= 16;
  if (value.length < 8 || /^[a-z]+(?:[-./:][a-z]+)*$/.test(value)) return false;
  return structured || /\d/.test(value);
}

/** Whether a name (of an environment variable, of a ConfigMap key) says that its value is a secret. */
export const isSensitiveName = (name: string): boolean =>
  SENSITIVE_NAME.test(name) || /(?:^|[_.-])(?:dsn|htpasswd|kubeconfig|id_rsa|id_ed25519)$/i.test(name);
