import { randomBytes } from 'node:crypto';
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  createRequestStateCodec,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';
import * as z from 'zod';
import { sha256 } from '../../core/canonical.ts';
import type { Clock } from '../../core/clock.ts';
import { StewardError } from '../../core/errors.ts';
import { type Answer, type Ask, QUESTION_PENDING } from '../../core/gate.ts';

const KEY = 'confirm';
const TTL_SECONDS = 600;

const Reply = z.object({ ok: z.boolean().describe('Yes: carry out exactly this') });

/** Goes to the client and comes back with the answer: signed, not encrypted, so it holds hashes only. */
interface QuestionState {
  /** Tool, arguments, principal and question in one hash: an answer fits nothing else. */
  readonly about: string;
  readonly nonce: string;
}

/** What an `ask` during one call led to. */
export interface Question {
  readonly ask: Ask;
  /** The result that puts the question to the client, when there is one to put. */
  toPut(): Promise<InputRequiredResult | undefined>;
}

/**
 * Asks by ending the call: the client puts the question and repeats the call with the answer (2026-07-28);
 * for older clients the SDK does the same with a plain elicitation. One instance per process: it holds the
 * signing key and the answers already used.
 */
export class Questions {
  readonly #codec: RequestStateCodec<QuestionState>;
  readonly #used = new Map<string, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#codec = createRequestStateCodec<QuestionState>({
      key: randomBytes(32),
      ttlSeconds: TTL_SECONDS,
      bind: (ctx) => `${ctx.mcpReq.method}\0${ctx.http?.authInfo?.clientId ?? 'local'}`,
    });
  }

  /** For the server's options: a forged or expired state is refused before any handler runs. */
  readonly verify: RequestStateCodec<QuestionState>['verify'] = (state, ctx) => this.#codec.verify(state, ctx);

  /** `call` names tool, arguments and principal of this call; `declared` is what a legacy client said at its start. */
  open(ctx: ServerContext, call: string, declared: ClientCapabilities | undefined): Question {
    let asked: string | undefined;
    const isRepeat = ctx.mcpReq.inputResponses !== undefined || ctx.mcpReq.requestState() !== undefined;
    const ask: Ask = async (question) => {
      if (!canAsk(ctx, declared)) return 'cannot_ask';
      if (isRepeat) return this.#answer(ctx, aboutOf(call, question));
      asked = question;
      throw new StewardError('Unable to go on: the question was handed to the client.', {
        kind: 'cancelled',
        code: QUESTION_PENDING,
        hint: 'The client answers by calling again.',
      });
    };
    return { ask, toPut: async () => (asked === undefined ? undefined : this.#put(ctx, call, asked)) };
  }

  async #put(ctx: ServerContext, call: string, question: string): Promise<InputRequiredResult> {
    const state = { about: aboutOf(call, question), nonce: randomBytes(16).toString('hex') };
    return inputRequired({
      requestState: await this.#codec.mint(state, ctx),
      inputRequests: { [KEY]: inputRequired.elicit({ message: question, requestedSchema: Reply }) },
    });
  }

  #answer(ctx: ServerContext, about: string): Answer {
    const said = inputResponse(ctx.mcpReq.inputResponses, KEY);
    if (said.kind !== 'elicit' || said.action === 'cancel') return 'cancelled';
    const state = ctx.mcpReq.requestState<QuestionState>();
    if (state?.about !== about || !this.#use(state.nonce)) return 'cancelled';
    const isYes = said.action === 'accept' && acceptedContent(ctx.mcpReq.inputResponses, KEY, Reply)?.ok === true;
    return isYes ? 'accepted' : 'refused';
  }

  /** True the first time only. Used nonces are forgotten once their state has expired anyway. */
  #use(nonce: string): boolean {
    const now = +this.#clock.now();
    for (const [old, expiry] of this.#used) if (expiry <= now) this.#used.delete(old);
    if (this.#used.has(nonce)) return false;
    this.#used.set(nonce, now + 2 * TTL_SECONDS * 1000);
    return true;
  }
}

const aboutOf = (call: string, question: string): string => sha256(`${call}\0${question}`);

/** Form elicitation: declared as `{}` by older clients, as `{ form }` by newer ones; `{ url }` alone is not enough. */
function canAsk(ctx: ServerContext, declared: ClientCapabilities | undefined): boolean {
  const envelope: Record<string, unknown> = ctx.mcpReq.envelope ?? {};
  const capabilities = Capabilities.safeParse(envelope[CLIENT_CAPABILITIES_META_KEY] ?? declared);
  const elicitation = capabilities.data?.elicitation;
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}

const Capabilities = z.looseObject({
  elicitation: z.looseObject({ form: z.unknown(), url: z.unknown() }).partial().optional(),
});
