/** The real API's rules for names and labels. Each function returns what is wrong with the text, in the server's words. */

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS_1123_LABEL = new RegExp(`^${label}$`);
const DNS_1123_SUBDOMAIN = new RegExp(`^${label}(\\.${label})*$`);
const DNS_1035_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const PORT_NAME = /^[-a-z0-9]+$/;

const LABEL_HELP =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_HELP =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_1035_HELP =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED_HELP =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_HELP =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const rule = (text: string, max: number, pattern: RegExp, help: string): string[] => [
  ...(text.length > max ? [`must be no more than ${max} characters`] : []),
  ...(pattern.test(text) ? [] : [help]),
];

export const dnsLabelFaults = (text: string): string[] => rule(text, 63, DNS_1123_LABEL, LABEL_HELP);
export const dnsSubdomainFaults = (text: string): string[] => rule(text, 253, DNS_1123_SUBDOMAIN, SUBDOMAIN_HELP);
export const dns1035LabelFaults = (text: string): string[] => rule(text, 63, DNS_1035_LABEL, LABEL_1035_HELP);
export const labelValueFaults = (text: string): string[] => rule(text, 63, LABEL_VALUE, VALUE_HELP);

/** The last part of an object's path: any text but a few. */
export function pathSegmentFaults(text: string): string[] {
  if (text === '.' || text === '..') return [`may not be '${text}'`];
  return ['/', '%'].filter((part) => text.includes(part)).map((part) => `may not contain '${part}'`);
}

/** A label or annotation key: `name` or `prefix.example/name`. */
export function qualifiedNameFaults(text: string): string[] {
  const parts = text.split('/');
  if (parts.length > 2)
    return [
      `a valid label key ${QUALIFIED_HELP} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const [name = '', prefix] = parts.reverse();
  const faults = prefix === undefined ? [] : prefixFaults(prefix);
  if (name === '') return [...faults, 'name part must be non-empty', `name part ${QUALIFIED_HELP}`];
  const tooLong = name.length > 63 ? ['name part must be no more than 63 characters'] : [];
  return [...faults, ...tooLong, ...(QUALIFIED_NAME.test(name) ? [] : [`name part ${QUALIFIED_HELP}`])];
}

const prefixFaults = (prefix: string): string[] =>
  prefix === '' ? ['prefix part must be non-empty'] : dnsSubdomainFaults(prefix).map((fault) => `prefix part ${fault}`);

/** The name of a container's port. */
export function portNameFaults(text: string): string[] {
  return [
    ...(text.length > 15 ? ['must be no more than 15 characters'] : []),
    ...(PORT_NAME.test(text) ? [] : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
    ...(/[a-z]/.test(text) ? [] : ['must contain at least one letter (a-z)']),
    ...(text.includes('--') ? ['must not contain consecutive hyphens'] : []),
    ...(text.startsWith('-') || text.endsWith('-') ? ['must not begin or end with a hyphen'] : []),
  ];
}
