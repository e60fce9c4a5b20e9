import { type ErrorKind, StewardError } from '../../core/errors.ts';

export interface ProxmoxReply {
  readonly status: number;
  /** The reason phrase: where Proxmox puts its error text. */
  readonly reason: string;
  readonly text: string;
}

interface Fault {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly hint: string;
  readonly retryable?: boolean;
}

const NODE_OFFLINE: Fault = {
  kind: 'target',
  code: 'proxmox_node_offline',
  hint: 'That node does not answer the others, or its name is wrong: look at proxmox_overview.',
};

const BY_STATUS: Readonly<Record<number, Fault>> = {
  400: { kind: 'input', code: 'proxmox_invalid', hint: 'Correct the parameters that are named.' },
  401: {
    kind: 'target',
    code: 'proxmox_unauthorized',
    hint: 'Check the API token (user@realm!id and secret) and whether it has expired.',
  },
  403: {
    kind: 'target',
    code: 'proxmox_forbidden',
    hint: 'Give the token this privilege; with privilege separation it needs an ACL of its own.',
  },
  501: { kind: 'target', code: 'proxmox_unsupported', hint: 'This version of Proxmox VE does not know the call.' },
  595: NODE_OFFLINE,
  596: NODE_OFFLINE,
  597: NODE_OFFLINE,
  599: NODE_OFFLINE,
};

/** Texts of 500 replies; emitters: qemu-server, pve-container, pve-cluster, pve-guest-common (texts stable from 6 to 9). */
const BY_TEXT: readonly (readonly [pattern: RegExp, fault: Fault])[] = [
  [
    /\bis locked \(|can't lock file|got lock request timeout/,
    { kind: 'target', code: 'proxmox_locked', hint: 'Wait for the task that holds the lock; proxmox_tasks shows it.' },
  ],
  [
    // Without quorum /etc/pve is read-only: a change of a configuration tells only that.
    /no quorum|cluster not ready|'\/etc\/pve\/.*Permission denied/,
    { kind: 'target', code: 'proxmox_no_quorum', hint: 'Bring a second node back before anything is changed.' },
  ],
  [
    /detected modified configuration/,
    { kind: 'target', code: 'stale_plan', hint: 'The configuration changed meanwhile: plan again.' },
  ],
  [
    /does not exist$|no such (?:VM|CT|guest)/i,
    { kind: 'not_found', code: 'guest_not_found', hint: 'List the guests: the id may have moved or be gone.' },
  ],
];

const OTHER: Fault = { kind: 'target', code: 'proxmox_error', hint: "Look at the task log and the node's syslog." };

/** A reply that is not 2xx. `doing` reads `start qemu/101`. */
export function faultOf(doing: string, reply: ProxmoxReply): StewardError {
  const said = wordsOf(reply);
  const fault = BY_STATUS[reply.status] ?? BY_TEXT.find(([pattern]) => pattern.test(said))?.[1] ?? OTHER;
  return new StewardError(`Unable to ${doing}: Proxmox answered ${reply.status}: ${said}.`, {
    ...fault,
    status: reply.status,
  });
}

/** `message` of the body since pve-http-server 5.2, else the reason phrase, and the parameters that were named. */
export function wordsOf({ reason, text }: ProxmoxReply): string {
  const body = bodyOf(text);
  const message = typeof body['message'] === 'string' ? body['message'] : reason;
  const errors = Object.entries(isRecord(body['errors']) ? body['errors'] : {}).map(
    ([name, why]) => `${name}: ${String(why)}`,
  );
  return [message.trim(), ...errors].join(' ').replace(/\s+/g, ' ').slice(0, 500).replace(/\.$/, '') || 'no word';
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function bodyOf(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : {};
  } catch {
    return {};
  }
}
