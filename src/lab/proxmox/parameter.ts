/** What a parameter may be. Names, types and ranges are those of Proxmox VE 9; whatever is not `required` may be left out. */
export interface Parameter {
  readonly type: 'string' | 'integer' | 'number' | 'boolean';
  readonly required?: true;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly oneOf?: readonly string[];
  readonly pattern?: RegExp;
  readonly format?: Format;
  /** Needs this other one beside it. */
  readonly requires?: string;
}
export type Parameters = Readonly<Record<string, Parameter>>;

interface Format {
  readonly pattern: RegExp;
  readonly fault: string;
}

const format = (pattern: RegExp, what: string): Format => ({
  pattern,
  fault: `invalid format - value does not look like a valid ${what}\n`,
});
const VMID = format(/^[1-9][0-9]{2,8}$/, 'VM ID');
const NODE = format(/^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/, 'node name');
const STORAGE = format(/^[a-z][a-z0-9\-_.]*[a-z0-9]$/i, 'storage ID');
const CONFIG_ID = format(/^[a-z][a-z0-9_-]+$/i, 'configuration ID');
const CONFIG_IDS = format(/^[a-z][a-z0-9_-]+([,;\s]+[a-z][a-z0-9_-]+)*$/i, 'configuration ID');
const VMIDS = format(/^[1-9][0-9]{2,8}([,;\s]+[1-9][0-9]{2,8})*$/, 'VM ID');
const DNS = format(/^([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$/, 'DNS name');

export const bool: Parameter = { type: 'boolean' };
export const text = (maxLength?: number): Parameter => ({
  type: 'string',
  ...(maxLength !== undefined && { maxLength }),
});
export const integer = (minimum?: number, maximum?: number): Parameter => ({
  type: 'integer',
  ...(minimum !== undefined && { minimum }),
  ...(maximum !== undefined && { maximum }),
});
export const number = (minimum?: number, maximum?: number): Parameter => ({
  ...integer(minimum, maximum),
  type: 'number',
});
export const oneOf = (...values: readonly string[]): Parameter => ({ type: 'string', oneOf: values });
export const like = (pattern: RegExp): Parameter => ({ type: 'string', pattern });
export const required = (parameter: Parameter): Parameter => ({ ...parameter, required: true });

export const vmid: Parameter = { type: 'integer', minimum: 100, maximum: 999_999_999, format: VMID };
export const node: Parameter = { type: 'string', format: NODE };
export const storage: Parameter = { type: 'string', format: STORAGE };
export const configIds: Parameter = { type: 'string', format: CONFIG_IDS };
export const vmids: Parameter = { type: 'string', format: VMIDS };
export const snapshotName: Parameter = { type: 'string', maxLength: 40, format: CONFIG_ID };
export const dnsName: Parameter = { type: 'string', format: DNS };

const isNumeric: Readonly<Record<'integer' | 'number', RegExp>> = {
  integer: /^-?\d+$/,
  number: /^-?(\d+(\.\d*)?|\.\d+)$/,
};

/** Why a value is refused, in the words of the API; undefined = it is good. */
// oxlint-disable-next-line complexity -- one line per rule of a schema
function faultOf(value: string, rule: Parameter): string | undefined {
  const wrongType = `type check ('${rule.type}') failed - got '${value}'`;
  // `true` and `yes` are no booleans here.
  if (rule.type === 'boolean') return /^[01]$/.test(value) ? undefined : wrongType;
  if (rule.type === 'integer' || rule.type === 'number') {
    if (!isNumeric[rule.type].test(value)) return wrongType;
    if (rule.format && !rule.format.pattern.test(value)) return rule.format.fault;
    if (rule.minimum !== undefined && Number(value) < rule.minimum)
      return `value must have a minimum value of ${rule.minimum}`;
    if (rule.maximum !== undefined && Number(value) > rule.maximum)
      return `value must have a maximum value of ${rule.maximum}`;
  }
  if (rule.format && !rule.format.pattern.test(value)) return rule.format.fault;
  if (rule.pattern && !rule.pattern.test(value)) return 'value does not match the regex pattern';
  if (rule.oneOf && !rule.oneOf.includes(value))
    return `value '${value}' does not have a value in the enumeration '${rule.oneOf.join(', ')}'`;
  if (rule.maxLength !== undefined && value.length > rule.maxLength)
    return `value may only be ${rule.maxLength} characters long`;
  return undefined;
}

/** `net3` is one of `net[n]`. */
const ruleOf = (rules: Parameters, name: string): Parameter | undefined =>
  Object.hasOwn(rules, name) ? rules[name] : rules[name.replace(/\d{1,3}$/, '[n]')];

/** Every fault of a request's parameters by name; empty = it is good. Nothing unknown is let through. */
export function faultsOf(sent: ReadonlyMap<string, string>, rules: Parameters): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const [name, value] of sent) {
    const rule = ruleOf(rules, name);
    const fault = rule
      ? faultOf(value, rule)
      : 'property is not defined in schema and the schema does not allow additional properties';
    if (fault !== undefined) faults[name] = fault;
    else if (rule?.requires !== undefined && !sent.has(rule.requires))
      faults[rule.requires] = `missing property - '${name}' requires this property`;
  }
  for (const [name, { required: isRequired }] of Object.entries(rules))
    if (isRequired && !sent.has(name)) faults[name] = 'property is missing and it is not optional';
  return faults;
}
