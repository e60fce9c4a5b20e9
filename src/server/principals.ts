import * as z from 'zod';
import { type Principal, SCOPES } from '../core/principal.ts';

const PrincipalShape = z.strictObject({
  id: z.string().min(1),
  scopes: z.array(z.enum(SCOPES)),
  namespaces: z.array(z.string()),
});

/** The principal that the HTTP layer put beside a request; `undefined` when it put none. */
export const parsePrincipal = (value: unknown): Principal | undefined => PrincipalShape.safeParse(value).data;

/**
 * Whoever can start the program or reach its loopback port is the local user, whatever the client calls itself:
 * the name is for the journal only. Never `approve`: that takes another road than the asking client.
 */
export const localPrincipal = (clientName: string | undefined): Principal => ({
  id: `local/${slug(clientName ?? '') || 'unknown'}`,
  scopes: ['read', 'plan', 'operate'],
  namespaces: ['*'],
});

/** A client's own name is outside text: letters, digits and dashes, 40 at most. */
const slug = (name: string): string =>
  name
    .slice(0, 200)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
