import { subscribe } from 'node:diagnostics_channel';
import { type SentRequest, sentChannel } from '../../src/clients/proxmox/sent.ts';
import { endpointOf, faultsOf } from '../contract/proxmox-api/check.ts';
import { ENDPOINTS } from '../contract/proxmox-api/endpoints.ts';
import { loadSchemas, type Schema } from '../contract/proxmox-api/schema.ts';

/**
 * Loaded in every worker of the tests and in every process that they start: a request of the Proxmox client that the
 * schema of the API refuses, or of a kind that the tour does not exercise, is an uncaught error there and then, whatever
 * the test does with the answer. Without the schema nothing is held to it; `proxmox-schema` is the skip that says so.
 */
let schemas: readonly Schema[] | undefined;

function complain(sent: SentRequest): void {
  schemas ??= loadSchemas();
  const faults = schemas.flatMap((schema) => {
    const found = faultsOf(schema, sent);
    const endpoint = endpointOf(schema, sent)?.endpoint ?? '';
    return found.length > 0 || ENDPOINTS.includes(endpoint)
      ? found
      : [`${endpoint} is not in the list of what the client sends`];
  });
  if (faults.length > 0)
    throw new Error(`The Proxmox client sent ${sent.method} ${sent.url} ${sent.body}: ${faults.join('; ')}`);
}

// Only `send()` publishes on this channel; what a listener throws becomes an uncaught error of the process.
subscribe(sentChannel.name, (message) => complain(message as SentRequest));
