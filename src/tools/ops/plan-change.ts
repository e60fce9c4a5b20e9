import * as z from 'zod';
import type { FoundLesson, Lessons } from '../../core/consult.ts';
import { denied, inputError, type StewardError } from '../../core/errors.ts';
import { nearest } from '../../core/near.ts';
import type { Plan } from '../../core/plan.ts';
import { type AnyAction, type AnyTool, defineTool, type RefusedAction } from '../define.ts';
import { allowedArguments, describeIssue } from '../errors.ts';
import { renderPlan } from './render-plan.ts';
import { gateContext } from './support.ts';

/** Clients cut a description at about 4,090 characters. */
export const MAX_DESCRIPTION = 4_000;

const HEAD = `Work out a change before anything happens: what it would alter, which faults it would introduce, what was learned the last time. Changes nothing. The answer is allowed, asks for a person, or denied with what to do instead. Then call apply_plan. Say in reason what you want to reach.
Actions and their input:`;

/** The tool that lists every action; the same actions give the same bytes. */
export const planChange = (actions: readonly AnyAction[], refused: readonly RefusedAction[] = []): AnyTool =>
  defineTool({
    name: 'plan_change',
    title: 'Plan a change',
    description: [HEAD, ...actions.map(({ name, signature }) => `${name} ${signature}`)].join('\n'),
    effect: 'plan',
    needs: ['gate', 'lessons', 'actions'],
    taints: [],
    input: z.strictObject({
      action: z.string().min(1).max(100),
      input: z.record(z.string(), z.unknown()),
      reason: z.string().min(3).max(1000),
    }),
    async run({ action: name, input, reason }, ctx) {
      const action = findAction(ctx.clients.actions, name, refused);
      const parsed = action.input.safeParse(input);
      if (!parsed.success) throw badInput(action, parsed.error);
      ctx.progress(`planning ${name}`);
      const plan = await ctx.clients.gate.propose({ action: name, input, reason }, gateContext(ctx));
      return { plan, lessons: await lessonsOf(plan, ctx.clients.lessons) };
    },
    render: ({ plan, lessons }) =>
      renderPlan({ plan, lessons, state: plan.decision.kind === 'deny' ? 'denied' : 'proposed' }),
  });

export async function lessonsOf(plan: Plan, lessons: Lessons): Promise<ReadonlyMap<string, FoundLesson>> {
  const found = await Promise.all(plan.lessons.map(({ id }) => lessons.get(id)));
  return new Map(found.flatMap((one) => (one === undefined ? [] : [[one.lesson.id, one]])));
}

function findAction(actions: readonly AnyAction[], name: string, refused: readonly RefusedAction[]): AnyAction {
  const action = actions.find((one) => one.name === name);
  if (action !== undefined) return action;
  const spellings = spellingsOf(name);
  const never = refused.find(({ pattern }) => spellings.some((one) => pattern.test(one)));
  if (never !== undefined)
    throw denied('always_refused', `Unable to plan this: it is always refused, since ${never.rule}.`, never.instead);
  const names = actions.map((one) => one.name);
  const near = nearest(name, names);
  throw inputError(
    'unknown_action',
    'Unable to plan: there is no action of this name.',
    near.length > 0 ? `Did you mean ${near.join(', ')}?` : `Actions: ${names.join(', ')}.`,
  );
}

/** A command line is the name of an action as well: `zpool add -f tank sdx` is zpool_add. */
function spellingsOf(name: string): readonly string[] {
  const words = name
    .trim()
    .toLowerCase()
    .split(/[\s-]+/);
  return [name, words.join('_'), words.slice(0, 2).join('_')];
}

/** Answers with the schema of that one action, which is not worth its tokens in the description. */
function badInput(action: AnyAction, error: z.ZodError): StewardError {
  const issues = error.issues.slice(0, 8).map(describeIssue).join(' ');
  const schema = JSON.stringify(z.toJSONSchema(action.input, { io: 'input' }), (key, value: unknown) =>
    key === '$schema' ? undefined : value,
  );
  return inputError(
    'invalid_action_input',
    `Unable to plan ${action.name}: ${issues}`,
    `Allowed: ${allowedArguments(action.input)}. ${action.name} ${action.signature}. Schema: ${schema}`.slice(0, 4000),
  );
}
