import type { JsonObject } from '../json.ts';
import { badRequest } from './fault.ts';
import { listAt, objectAt, objectsAt, textAt } from './json.ts';
import { labelValueFaults, qualifiedNameFaults } from './names.ts';

type Operator = 'exists' | 'absent' | 'in' | 'notin' | 'gt' | 'lt';

/** One condition on one label. */
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

type Labels = Readonly<Record<string, unknown>> | undefined;

/** True when every requirement holds; a missing label satisfies `notin`. */
export const matchesLabels = (requirements: readonly Requirement[], labels: Labels): boolean =>
  requirements.every((requirement) => holds(requirement, labels?.[requirement.key]));

function holds({ operator, values }: Requirement, value: unknown): boolean {
  switch (operator) {
    case 'exists':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case 'in':
      return values.some((wanted) => wanted === value);
    case 'notin':
      return !values.some((wanted) => wanted === value);
    case 'gt':
      return Number.isInteger(Number(value)) && value !== undefined && Number(value) > Number(values[0]);
    case 'lt':
      return Number.isInteger(Number(value)) && value !== undefined && Number(value) < Number(values[0]);
  }
}

/**
 * The requirements of a structured selector (`matchLabels`, `matchExpressions`).
 * An empty selector matches everything; none at all (undefined) matches nothing and gives undefined.
 */
export function selectorRequirements(selector: JsonObject | undefined): readonly Requirement[] | undefined {
  if (!selector) return undefined;
  const labels = Object.entries(objectAt(selector, 'matchLabels') ?? {});
  return [
    ...labels.map(
      ([key, value]): Requirement => ({ key, operator: 'in', values: [typeof value === 'string' ? value : ''] }),
    ),
    ...objectsAt(selector, 'matchExpressions').map(expression),
  ];
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: 'absent',
  Gt: 'gt',
  Lt: 'lt',
};

const expression = (item: JsonObject): Requirement => ({
  key: textAt(item, 'key') ?? '',
  operator: OPERATORS[textAt(item, 'operator') ?? ''] ?? 'in',
  values: listAt(item, 'values').map(String),
});

/** Whether a structured selector matches; no selector matches nothing. */
export function matchesSelector(selector: JsonObject | undefined, labels: Labels): boolean {
  const requirements = selectorRequirements(selector);
  return requirements !== undefined && matchesLabels(requirements, labels);
}

/** A structured selector as tables print it: `app=web,tier in (a,b),!old`; `<none>` when empty. */
export function selectorText(selector: JsonObject | undefined): string {
  const requirements = [...(selectorRequirements(selector) ?? [])].sort((a, b) => (a.key < b.key ? -1 : 1));
  return requirements.map(requirementText).join(',') || '<none>';
}

function requirementText({ key, operator, values }: Requirement): string {
  if (operator === 'exists') return key;
  if (operator === 'absent') return `!${key}`;
  if (operator === 'gt' || operator === 'lt') return `${key}${operator === 'gt' ? '>' : '<'}${values[0] ?? ''}`;
  if (operator === 'in' && values.length === 1) return `${key}=${values[0] ?? ''}`;
  return `${key} ${operator} (${[...values].sort().join(',')})`;
}

/**
 * The text form of `?labelSelector=`: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`.
 * Throws the real server's 400 for a malformed one. An empty text has no requirements.
 */
export function parseLabelSelector(text: string): readonly Requirement[] {
  return new LabelParser(text).parse();
}

class LabelParser {
  readonly #tokens: string[];
  constructor(text: string) {
    this.#tokens = text.match(/==|!=|[=!(),<>]|[^=!(),<>\s]+/g) ?? [];
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    while (this.#tokens.length > 0) {
      if (!this.#isWord(this.#peek()) && this.#peek() !== '!')
        throw badRequest(`found '${this.#peek()}', expected: !, identifier, or 'end of string'`);
      requirements.push(checked(this.#requirement()));
      const separator = this.#tokens.shift();
      if (separator === undefined) break;
      if (separator !== ',') throw badRequest(`found '${separator}', expected: ',' or 'end of string'`);
      if (!this.#isWord(this.#peek()) && this.#peek() !== '!')
        throw badRequest(`found '${this.#peek()}', expected: identifier after ','`);
    }
    return requirements;
  }

  #peek(): string {
    return this.#tokens[0] ?? '';
  }

  #isWord(token: string): boolean {
    return token !== '' && !/^[=!(),<>]/.test(token);
  }

  #requirement(): Requirement {
    const negated = this.#peek() === '!';
    if (negated) this.#tokens.shift();
    const key = this.#tokens.shift() ?? '';
    if (negated) return { key, operator: 'absent', values: [] };
    if (this.#peek() === '' || this.#peek() === ',') return { key, operator: 'exists', values: [] };
    return this.#comparison(key, this.#tokens.shift() ?? '');
  }

  #comparison(key: string, operator: string): Requirement {
    switch (operator) {
      case '=':
      case '==':
        return { key, operator: 'in', values: [this.#value()] };
      case '!=':
        return { key, operator: 'notin', values: [this.#value()] };
      case '>':
        return { key, operator: 'gt', values: [this.#value()] };
      case '<':
        return { key, operator: 'lt', values: [this.#value()] };
      case 'in':
      case 'notin':
        return { key, operator, values: this.#set() };
      default:
        throw unparsable(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #value(): string {
    return this.#isWord(this.#peek()) ? (this.#tokens.shift() ?? '') : '';
  }

  #set(): string[] {
    const open = this.#tokens.shift() ?? '';
    if (open !== '(') throw unparsable(`found '${open}' expected: '('`);
    const values = [this.#value()];
    for (let token = this.#tokens.shift(); token !== ')'; token = this.#tokens.shift()) {
      if (token !== ',') throw unparsable(`found '${token ?? ''}', expected: ',' or ')'`);
      values.push(this.#value());
    }
    return values;
  }
}

const unparsable = (reason: string): Error => badRequest(`unable to parse requirement: ${reason}`);

function checked(requirement: Requirement): Requirement {
  const { key, operator, values } = requirement;
  const [keyFault] = qualifiedNameFaults(key);
  if (keyFault !== undefined) throw unparsable(`<nil>: Invalid value: ${JSON.stringify(key)}: ${keyFault}`);
  const numeric = operator === 'gt' || operator === 'lt';
  for (const [index, value] of values.entries()) {
    if (numeric && !/^[+-]?\d+$/.test(value))
      throw unparsable(
        `values[${index}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    const [fault] = labelValueFaults(value);
    if (fault !== undefined)
      throw unparsable(`values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${fault}`);
  }
  return requirement;
}
