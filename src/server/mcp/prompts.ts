import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';

interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly args: z.ZodObject<{ what: z.ZodString }>;
  readonly text: (what: string) => string;
}

const what = (description: string) => z.object({ what: z.string().min(1).max(300).describe(description) });

/** What people ask most, as commands of their client (`/mcp__steward__triage`). Text only: the tools decide what is allowed. */
const PROMPTS: readonly Prompt[] = [
  {
    name: 'triage',
    title: 'Find out why something is unhealthy',
    description: 'Looks at an app, a pod or a node, names the cause with evidence, and changes nothing.',
    args: what('App, pod or node, e.g. "jellyfin in media"'),
    text: (name) =>
      `Find out why ${name} is unhealthy. Begin with overview and cluster_diagnose, then read only what confirms or refutes your best guess (cluster_get, cluster_events, cluster_logs). Search the lessons for the symptom. Answer with the cause, the evidence for it, and what you would change. Change nothing.`,
  },
  {
    name: 'change',
    title: 'Make one change safely',
    description: 'Plans a change, explains what steward says about it, and applies it only when it may run.',
    args: what('What should be different, e.g. "two replicas of grafana"'),
    text: (name) =>
      `Make this change: ${name}. Use plan_change and read all of its answer. When it is denied, do as the lesson says and plan again; never look for a way around it. When it asks for a person, say why and stop. When it is allowed, call apply_plan and report what was verified.`,
  },
  {
    name: 'learn',
    title: 'Keep what was learned',
    description: 'Works out what went wrong and why, and keeps it as a lesson that a person confirms.',
    args: what('What happened, e.g. "the rollout of grafana that failed this morning"'),
    text: (name) =>
      `Keep what was learned from this: ${name}. Read what was planned and done (journal_list, plan_show) and what the cluster says now (cluster_diagnose). Search the lessons for the symptom first: when one knew it, say with lesson_feedback whether it helped, and stop. Otherwise keep one lesson with lesson_record: the symptom as somebody who meets it again would see it, the cause and the evidence for it, what fixed it, and what was tried and made it worse. No secrets, no guesses told as facts. Change nothing.`,
  },
];

export function registerPrompts(server: McpServer): void {
  for (const { name, title, description, args, text } of PROMPTS)
    server.registerPrompt(name, { title, description, argsSchema: args }, ({ what: subject }) => ({
      messages: [{ role: 'user', content: { type: 'text', text: text(subject) } }],
    }));
}
