import { channel } from 'node:diagnostics_channel';

/** What `sentChannel` tells of one request, without credentials. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}

/**
 * Tells of every request to Proxmox as it leaves. Tests listen in every process, so that none leaves unseen that the
 * schema of the API refuses (`test/support/pve-schema-watch.ts`).
 */
export const sentChannel = channel('steward.proxmox.sent');
