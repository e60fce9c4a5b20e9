import type { Config } from '../config/load.ts';
import type { Ask, GateContext } from '../core/gate.ts';
import { randomId } from '../core/ids.ts';
import type { Principal, Session } from '../core/principal.ts';
import type { Run } from './cli.ts';
import type { Terminal } from './terminal.ts';

/** Whoever runs `plan` and `apply`; the person may still be asked, as any client's is. */
export const planner = ({ user }: Pick<Config, 'user'>): Principal => ({
  id: `${user}/cli`,
  scopes: ['read', 'plan', 'operate'],
  namespaces: ['*'],
});

/** The person at the terminal who says yes or no: another road than any client's, so another principal. */
export const approver = ({ user }: Pick<Config, 'user'>): Principal => ({
  id: `${user}/terminal`,
  scopes: ['read', 'approve', 'admin'],
  namespaces: ['*'],
});

const openSession = (principal: Principal): Session => ({ id: randomId('session'), principal, taint: new Set() });

/** A call of the registry or the gate on behalf of the person at the terminal. */
export function callerFor(run: Run, principal: Principal): GateContext {
  return {
    session: openSession(principal),
    signal: run.signal,
    ask: askAt(run.terminal),
    progress: (message) => run.note(message),
  };
}

/** Puts a question to the terminal. Anything but a clear yes is no. */
export const askAt =
  (terminal: Terminal): Ask =>
  async (question, signal) => {
    if (!terminal.isInteractive) return 'cannot_ask';
    terminal.err(question);
    const answer = await terminal.ask('Carry this out? [y/N]', signal);
    if (answer === undefined) return 'cancelled';
    return isYes(answer) ? 'accepted' : 'refused';
  };

export const isYes = (answer: string | undefined): boolean => /^\s*(y|yes)\s*$/i.test(answer ?? '');
