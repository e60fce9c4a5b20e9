import type { Method, Property, Schema } from './schema.ts';

export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const PARAMETER = /^\{(\w+)\}$/;

function match(template: readonly string[], segments: readonly string[]): Map<string, string> | undefined {
  const found = new Map<string, string>();
  for (const [index, part] of template.entries()) {
    const name = PARAMETER.exec(part)?.[1];
    // A volume may hold slashes: it takes the rest.
    if (name === 'volume' && index === template.length - 1) {
      found.set(name, segments.slice(index).join('/'));
      return segments.length > index ? found : undefined;
    }
    const segment = segments[index];
    if (segment === undefined || (name === undefined && part !== segment)) return undefined;
    if (name !== undefined) found.set(name, segment);
  }
  return template.length === segments.length ? found : undefined;
}

export interface Found {
  /** `GET /nodes/{node}/status`. */
  readonly endpoint: string;
  readonly method: Method;
  readonly inPath: ReadonlyMap<string, string>;
}

/** The endpoint that a request meets: of several the one with most literal segments. */
export function endpointOf({ methods }: Schema, sent: Sent): Found | undefined {
  const path = new URL(sent.url).pathname.replace(/^\/api2\/json/, '');
  const segments = path.split('/').slice(1).map(decode);
  const literals = (endpoint: string): number => endpoint.split('/').filter((part) => !part.startsWith('{')).length;
  return [...methods]
    .filter(([endpoint]) => endpoint.startsWith(`${sent.method} `))
    .flatMap(([endpoint, method]) => {
      const inPath = match(endpoint.slice(sent.method.length + 2).split('/'), segments);
      return inPath ? [{ endpoint, method, inPath }] : [];
    })
    .toSorted((a, b) => literals(b.endpoint) - literals(a.endpoint))[0];
}

const FORMATS: Readonly<Record<string, RegExp>> = {
  'pve-vmid': /^[1-9][0-9]{2,8}$/,
  'pve-node': /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/,
  'pve-storage-id': /^[a-z][a-z0-9\-_.]*[a-z0-9]$/i,
  'pve-configid': /^[a-z][a-z0-9_-]+$/i,
  'pve-vmid-list': /^[1-9][0-9]{2,8}([,;\s]+[1-9][0-9]{2,8})*$/,
  'pve-configid-list': /^[a-z][a-z0-9_-]+([,;\s]+[a-z][a-z0-9_-]+)*$/i,
  'dns-name': /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$/,
};

/** Perl writes the flags of a group before a colon, and anchors in ways that JavaScript has not. */
export const fromPerl = (pattern: string): RegExp =>
  new RegExp(
    `^(?:${pattern
      .replaceAll(/\(\?\^([a-z]*):/g, (_, flags: string) => (flags.includes('i') ? '(?i:' : '(?:'))
      .replaceAll(/\\[AzZ]/g, '')})$`,
  );

const isWhole = (value: string): boolean => /^-?\d+$/.test(value);
const isNumber = (value: string): boolean => value !== '' && !Number.isNaN(Number(value));

function typeFault(value: string, { type }: Property): string | undefined {
  if (type === 'boolean') return /^[01]$/.test(value) ? undefined : 'is no boolean';
  if (type === 'integer') return isWhole(value) ? undefined : 'is no integer';
  if (type === 'number') return isNumber(value) ? undefined : 'is no number';
  return undefined;
}

// oxlint-disable-next-line complexity -- one line per rule of a schema
function valueFault(value: string, rule: Property): string | undefined {
  const fault = typeFault(value, rule);
  if (fault !== undefined) return fault;
  const number = Number(value);
  const isNumeric = rule.type === 'integer' || rule.type === 'number';
  if (isNumeric && rule.minimum !== undefined && number < rule.minimum) return `is below ${rule.minimum}`;
  if (isNumeric && rule.maximum !== undefined && number > rule.maximum) return `is above ${rule.maximum}`;
  if (rule.minLength !== undefined && value.length < rule.minLength) return 'is too short';
  if (rule.maxLength !== undefined && value.length > rule.maxLength) return 'is too long';
  if (rule.enum && !rule.enum.includes(value)) return 'is not in the enumeration';
  if (rule.pattern !== undefined && !fromPerl(rule.pattern).test(value)) return 'does not fit the pattern';
  const format = typeof rule.format === 'string' ? FORMATS[rule.format] : undefined;
  if (format && !format.test(value)) return `is no ${String(rule.format)}`;
  return undefined;
}

/** `net3` is one of `net[n]`. */
const ruleOf = ({ properties }: Method['parameters'], name: string): Property | undefined =>
  properties[name] ?? properties[name.replace(/\d+$/, '[n]')];

/** What the schema says against a request; empty = nothing. */
export function faultsOf(schema: Schema, sent: Sent): string[] {
  const found = endpointOf(schema, sent);
  if (!found) return [`${sent.method} ${sent.url}: no such endpoint`];
  const { method, inPath } = found;
  const isQuery = sent.method === 'GET' || sent.method === 'DELETE';
  const all = [...new URL(sent.url).searchParams, ...new URLSearchParams(sent.body), ...inPath];
  const names = new Set(all.map(([name]) => name));
  const faults = isQuery && sent.body !== '' ? ['a body'] : [];
  for (const [name, value] of all) {
    const rule = ruleOf(method.parameters, name);
    const fault = rule ? valueFault(value, rule) : 'is unknown';
    if (fault !== undefined) faults.push(`${name} ${fault}`);
    else if (rule?.requires !== undefined && !names.has(rule.requires)) faults.push(`${name} needs ${rule.requires}`);
  }
  for (const [name, { optional }] of Object.entries(method.parameters.properties))
    if (Number(optional ?? 0) !== 1 && !names.has(name)) faults.push(`${name} is missing`);
  return faults.map((fault) => `${found.endpoint}: ${fault}`);
}
