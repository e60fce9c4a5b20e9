import * as z from 'zod';
import { SEVERITIES } from './severity.ts';

export const LESSON_STATUSES = ['candidate', 'confirmed', 'retired'] as const;

/** Which actions and objects a lesson is about. Absent = any; a field that names something else is a mismatch. */
export const Selectors = z.strictObject({
  /** Names of actions, e.g. `cluster_drain`. */
  actions: z.array(z.string()).optional(),
  /** Kubernetes kinds (a Deployment also counts as Pod, and so on for the other workloads). */
  kinds: z.array(z.string()).optional(),
  namespaces: z.array(z.string()).optional(),
  names: z.array(z.string()).optional(),
  /** Dotted paths in the changed object, list indexes left out: `spec.template.spec.containers.image`. */
  field_paths: z.array(z.string()).optional(),
  /** Text of values that must occur, lower case. */
  values: z.array(z.string()).optional(),
  /** Path globs in a repository (used by exports). */
  paths: z.array(z.string()).optional(),
});
export type Selectors = z.output<typeof Selectors>;

/** The front matter of `lessons/<id>.md` plus its Markdown body. */
export const Lesson = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{2,80}$/),
  title: z.string().min(8).max(120),
  symptom: z.string().min(10),
  cause: z.string().min(10),
  fix: z.string().min(10),
  wrong_fix: z.string().optional(),
  prevention: z.string().optional(),
  severity: z.enum(SEVERITIES),
  /** Component name -> version range (`*` = every version). */
  components: z.record(z.string(), z.string()).default({}),
  applies_to: Selectors.default({}),
  /** Ids of the checks that prevent it. */
  checks: z.array(z.string()).default([]),
  /** CEL over `action` and `world`; true = the lesson matches for certain. */
  guard: z.strictObject({ when: z.string(), effect: z.enum(['note', 'ask', 'deny']) }).optional(),
  source: z.string().min(3),
  confidence: z.number().min(0).max(1).default(0.8),
  status: z.enum(LESSON_STATUSES).default('confirmed'),
  valid_from: z.iso.date().optional(),
  valid_to: z.iso.date().optional(),
  supersedes: z.array(z.string()).default([]),
  /** The Markdown below the front matter. */
  body: z.string().default(''),
});
export type Lesson = z.output<typeof Lesson>;

export interface LessonCounters {
  readonly shown: number;
  readonly acknowledged: number;
  readonly prevented: number;
  readonly recurred: number;
}
