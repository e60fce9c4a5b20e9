import type { Lesson } from '../../core/lesson.ts';
import type { Guards } from '../guard.ts';
import { guardProblem } from '../guard.ts';
import { type Example, judgeExample } from './example.ts';
import { absencesIn, type Feature, featuresOf, inputFeatures, neighbourOf } from './feature.ts';
import { quoted } from './policy/cel-text.ts';

/** A predicate with the examples that it was seen to tell apart. */
export interface GeneratedGuard {
  readonly when: string;
  readonly fail: readonly Example[];
  readonly pass: readonly Example[];
}

const MAX_CONDITIONS = 3;
const MAX_FAIL = 5;
const MAX_PASS = 10;

/**
 * The shortest predicate that holds for every failing example and for none of the harmless ones.
 * Undefined when nothing tells them apart: then there is no guard, rather than one that is always in the way.
 */
export async function generateGuard(
  guards: Guards,
  lesson: Lesson,
  failing: readonly Example[],
  harmless: readonly Example[],
): Promise<GeneratedGuard | undefined> {
  const [first] = failing;
  if (first === undefined) return undefined;
  const head = headOf(first, lesson);
  const features = await holding(guards, head, candidatesFor(first, lesson, harmless), failing);
  const chosen = await choose(guards, head, features, harmless);
  if (chosen === undefined) return undefined;
  const when = predicate(head, chosen);
  const generated = neighboursOf(failing, chosen);
  const pass: Example[] = [];
  for (const one of [...generated, ...harmless])
    if (pass.length < MAX_PASS && (await judgeExample(guards, when, one)) === 'no') pass.push(one);
  const isProven = pass.length > 0 && (await guardProblem(when)) === undefined;
  return isProven ? { when, fail: failing.slice(0, MAX_FAIL), pass } : undefined;
}

interface Head {
  /** Over the action. */
  readonly action: string;
  /** Over the object `o`; absent when the action has none. */
  readonly object: string | undefined;
}

function headOf({ name, objects }: Example, lesson: Lesson): Head {
  const actions = lesson.applies_to.actions ?? [name];
  const action =
    actions.length === 1
      ? `action.name == ${quoted(actions[0] ?? name)}`
      : `action.name in [${actions.map(quoted).join(', ')}]`;
  const kind = kindOf(objects[0]);
  return { action, object: kind === undefined ? undefined : `has(o.kind) && o.kind == '${kind}'` };
}

function kindOf(object: unknown): string | undefined {
  const kind = typeof object === 'object' && object !== null && 'kind' in object ? object.kind : undefined;
  return typeof kind === 'string' && /^\w+$/.test(kind) ? kind : undefined;
}

function candidatesFor({ objects, input }: Example, lesson: Lesson, harmless: readonly Example[]): readonly Feature[] {
  const [object] = objects;
  const theirs = harmless.flatMap((one) => one.objects.filter((other) => kindOf(other) === kindOf(object)));
  const touched = keysOf(input);
  const found = [
    ...(kindOf(object) === undefined
      ? []
      : [...featuresOf(object, touched, lesson.applies_to), ...absencesIn(object, theirs)]),
    ...inputFeatures(input),
  ];
  const once = new Map(found.map((feature) => [feature.cel, feature]));
  return [...once.values()].toSorted((a, b) => a.rank - b.rank || a.cel.length - b.cel.length);
}

function keysOf(value: unknown): ReadonlySet<string> {
  const keys = new Set<string>();
  const open: unknown[] = [value];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    if (!Array.isArray(node)) for (const key of Object.keys(node)) keys.add(key);
    open.push(...Object.values(node).filter((member) => typeof member === 'object' && member !== null));
  }
  return keys;
}

function predicate({ action, object }: Head, chosen: readonly Feature[]): string {
  const ofAction = chosen.filter(({ over }) => over === 'action').map(({ cel }) => cel);
  const ofObject = chosen.filter(({ over }) => over === 'object').map(({ cel }) => cel);
  const loop =
    ofObject.length === 0 || object === undefined
      ? []
      : [`action.objects.exists(o, ${[object, ...ofObject].join(' && ')})`];
  return [action, ...ofAction, ...loop].join(' && ');
}

/** Those that hold for every failing example. */
async function holding(guards: Guards, head: Head, features: readonly Feature[], failing: readonly Example[]) {
  const kept: Feature[] = [];
  for (const feature of features)
    if ((await saidYes(guards, predicate(head, [feature]), failing)) === failing.length) kept.push(feature);
  return kept;
}

async function saidYes(guards: Guards, when: string, examples: readonly Example[]): Promise<number> {
  let yes = 0;
  // What cannot be judged asks: for a guard that is as good as a match.
  for (const one of examples) if ((await judgeExample(guards, when, one)) !== 'no') yes++;
  return yes;
}

/** Greedy: each condition is the one that lets the most harmless examples pass; the better known one when they tie. */
async function choose(
  guards: Guards,
  head: Head,
  features: readonly Feature[],
  harmless: readonly Example[],
): Promise<readonly Feature[] | undefined> {
  // Without any harmless example only what the lesson or the input itself points to may be believed.
  if (harmless.length === 0) return features[0] !== undefined && features[0].rank < 3 ? [features[0]] : undefined;
  let best: Choice = { chosen: [], matched: harmless.length + 1 };
  while (best.chosen.length < MAX_CONDITIONS && best.matched > 0) {
    const next = await better(guards, head, best, features, harmless);
    if (next === undefined) break;
    best = next;
  }
  return best.matched === 0 ? best.chosen : undefined;
}

interface Choice {
  readonly chosen: readonly Feature[];
  /** Harmless examples that it does not tell apart yet. */
  readonly matched: number;
}

async function better(
  guards: Guards,
  head: Head,
  before: Choice,
  features: readonly Feature[],
  harmless: readonly Example[],
): Promise<Choice | undefined> {
  let best: Choice | undefined;
  for (const feature of features.filter((one) => !before.chosen.includes(one))) {
    const chosen = [...before.chosen, feature];
    const matched = await saidYes(guards, predicate(head, chosen), harmless);
    if (matched < (best ?? before).matched) best = { chosen, matched };
    if (matched === 0) break;
  }
  return best;
}

/** The failing examples with one thing put right, and as another kind. */
function neighboursOf(failing: readonly Example[], chosen: readonly Feature[]): readonly Example[] {
  return failing.slice(0, MAX_FAIL).flatMap((one) => {
    const inputs = chosen.some(({ over }) => over === 'action') ? [{ ...one, input: {} }] : [];
    const mended = chosen
      .filter(({ over }) => over === 'object')
      .map((feature) => ({ ...one, objects: one.objects.map((object) => neighbourOf(object, feature)) }));
    const others =
      one.objects.length === 0
        ? []
        : [{ ...one, objects: one.objects.map((object) => ({ ...Object(object), kind: 'ConfigMap' })) }];
    return [...mended, ...inputs, ...others];
  });
}
