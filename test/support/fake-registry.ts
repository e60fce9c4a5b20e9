import * as z from 'zod';
import { StewardError } from '../../src/core/errors.ts';
import { QUESTION_PENDING } from '../../src/core/gate.ts';
import type { Caller, ListedTool, ToolRegistry, ToolReply } from '../../src/core/registry.ts';

/**
 * A registry of a few tools that show what the server must carry: text, errors, progress, cancellation, a question.
 * `ran` records every change that was carried out.
 */
export class FakeRegistry implements ToolRegistry {
  readonly ran: string[] = [];
  readonly callers: Caller[] = [];
  aborted = 0;

  list(): readonly ListedTool[] {
    const tool = (name: string, effect: ListedTool['effect'], input: z.ZodObject): ListedTool => ({
      name,
      title: `Title of ${name}`,
      description: `What ${name} does.`,
      effect,
      input,
    });
    return [
      tool('overview', 'read', z.strictObject({})),
      tool('cluster_list', 'read', z.strictObject({ kind: z.string(), limit: z.int().positive().default(50) })),
      tool('slow', 'read', z.strictObject({ steps: z.int() })),
      tool('plan_change', 'plan', z.strictObject({ action: z.string() })),
      tool('lesson_record', 'note', z.strictObject({ title: z.string() })),
      tool('apply_plan', 'apply', z.strictObject({ plan: z.string(), acknowledge: z.array(z.string()).default([]) })),
    ];
  }

  async call(name: string, args: unknown, caller: Caller): Promise<ToolReply> {
    this.callers.push(caller);
    const tool = this.list().find((listed) => listed.name === name);
    const parsed = tool?.input.safeParse(args);
    if (parsed?.success !== true)
      return { isError: true, code: 'invalid_input', text: 'invalid_input: Unable to read the input.' };
    if (name === 'slow') return this.#slow(Number(parsed.data['steps']), caller);
    if (name === 'apply_plan') return this.#apply(String(parsed.data['plan']), caller);
    caller.session.taint.add(name);
    return { isError: false, text: `${name} for ${caller.session.principal.id} in ${caller.session.id}` };
  }

  async #slow(steps: number, caller: Caller): Promise<ToolReply> {
    for (let step = 1; step <= steps; step++) {
      caller.progress(`step ${step}`);
      await new Promise((done) => setTimeout(done, 20));
      if (caller.signal.aborted) {
        this.aborted += 1;
        return { isError: true, code: 'cancelled', text: 'cancelled' };
      }
    }
    return { isError: false, text: `${steps} steps` };
  }

  /** As the gate does it: a pending question leaves everything as it was, any other failure refuses. */
  async #apply(plan: string, caller: Caller): Promise<ToolReply> {
    try {
      const answer = await caller.ask(`Run ${plan}?`, caller.signal);
      if (answer === 'accepted') this.ran.push(plan);
      return {
        isError: answer !== 'accepted',
        text: answer === 'accepted' ? `ran ${plan}` : `NOT EXECUTED: ${answer}`,
      };
    } catch (error) {
      if (!(error instanceof StewardError) || error.code !== QUESTION_PENDING) throw error;
      return { isError: true, code: QUESTION_PENDING, text: 'NOT EXECUTED: the question is open' };
    }
  }
}
