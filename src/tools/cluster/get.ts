import * as z from 'zod';
import type { KubeObject, KubernetesReader } from '../../clients/kubernetes/contract.ts';
import type { FoundLesson, Lessons } from '../../core/consult.ts';
import { inputError, isStewardError } from '../../core/errors.ts';
import type { Section } from '../../core/output.ts';
import { targetLabel } from '../../core/target.ts';
import { defineTool } from '../define.ts';
import { columnsOf } from './support/columns/columns.ts';
import { EVENT_CHARS, EVENT_COLUMNS, eventRow, type FoldedEvent, foldEvents } from './support/events.ts';
import { refOf, targetOfObject } from './support/find.ts';
import { Kind, Name, Namespace } from './support/inputs.ts';
import { textAt } from './support/json.ts';
import { controllerOf } from './support/owned.ts';
import { readableObject } from './support/quiet.ts';
import { toYaml } from './support/yaml.ts';

const MAX_EVENTS = 10;
const MAX_LESSONS = 3;

export default defineTool({
  name: 'cluster_get',
  title: 'Get an object',
  description:
    'One object as YAML without noise, who owns it, its recent events, and the lessons about it. Secret values never leave.',
  effect: 'read',
  needs: ['kubernetes', 'lessons'],
  taints: ['event', 'annotation'],
  input: z.strictObject({ kind: Kind, namespace: Namespace.optional(), name: Name }),
  async run({ kind: kindName, namespace, name }, { clients: { kubernetes, lessons }, now, signal }) {
    const kind = await kubernetes.kind(kindName, signal);
    if (kind.namespaced && namespace === undefined)
      throw inputError(
        'namespace_missing',
        `Unable to get ${kind.kind} ${name}: it lives in a namespace and none is named.`,
        'Name the namespace.',
      );
    const target = {
      kind: kind.kind,
      name,
      ...(kind.namespaced && namespace !== undefined && { namespace }),
      system: 'kubernetes' as const,
    };
    const object = await kubernetes.get(refOf(kind, target), signal);
    const [owners, events] = await Promise.all([
      ownerChain(kubernetes, object, signal),
      eventsOf(kubernetes, object, signal),
    ]);
    const isAbnormal = columnsOf(kind).isAbnormal(object);
    const known = await lessonsAbout(lessons, object, events);
    return { kind, object, owners, events, isAbnormal, lessons: known, now };
  },
  render({ kind, object, owners, events, isAbnormal, lessons, now }) {
    const columns = columnsOf(kind);
    const facts = columns.cells(object, now).map((value, index) => `${columns.titles[index] ?? ''} ${value}`);
    const owned = owners.length === 0 ? '' : ` Owned by ${owners.join(' < ')}.`;
    const sections: Section[] = [
      ...lessonSections(lessons),
      {
        kind: 'table',
        title: 'Events',
        maxChars: EVENT_CHARS,
        columns: EVENT_COLUMNS,
        rows: events.slice(0, MAX_EVENTS).map((event) => eventRow(event, now)),
      },
      { kind: 'text', title: 'Object', text: toYaml(readableObject(object)) },
    ];
    return {
      summary: `${targetLabel(targetOfObject(kind, object))}: ${isAbnormal ? 'NOT healthy' : 'nothing abnormal in its state'} (${facts.join(', ')}).${owned}`,
      sections,
      ...(isAbnormal && { next: 'cluster_diagnose looks at what it depends on.' }),
    };
  },
});

/** The controllers above an object, nearest first: `ReplicaSet web-7d4b9c < Deployment web`. */
async function ownerChain(
  kubernetes: KubernetesReader,
  object: KubeObject,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const chain: string[] = [];
  let current: KubeObject | undefined = object;
  for (let depth = 0; current !== undefined && depth < 5; depth++) {
    const owner = controllerOf(current);
    if (owner === undefined) break;
    chain.push(`${owner.kind} ${owner.name}`);
    current = await ownerObject(kubernetes, owner, current.metadata.namespace, signal);
  }
  return chain;
}

/** An owner that is gone or may not be read ends the chain; its name stands there all the same. */
async function ownerObject(
  kubernetes: KubernetesReader,
  { apiVersion, kind, name }: { apiVersion: string; kind: string; name: string },
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    const served = await kubernetes.kind(`${apiVersion}/${kind}`, signal);
    const at = served.namespaced && namespace !== undefined ? { namespace } : {};
    return await kubernetes.get({ kind: served, name, ...at }, signal);
  } catch (error) {
    if (
      isStewardError(error) &&
      ['object_not_found', 'unknown_kind', 'kubernetes_forbidden', 'denied_namespace'].includes(error.code)
    )
      return undefined;
    throw error;
  }
}

async function eventsOf(
  kubernetes: KubernetesReader,
  object: KubeObject,
  signal: AbortSignal,
): Promise<readonly FoldedEvent[]> {
  const { namespace, uid, name } = object.metadata;
  const kind = await kubernetes.kind('v1/Event', signal);
  const options = { fieldSelector: `involvedObject.name=${name}`, ...(namespace !== undefined && { namespace }) };
  const events = await kubernetes.listAll(kind, options, signal);
  return foldEvents(events.filter((event) => isAbout(event, object.kind, name, uid)));
}

const isAbout = (event: KubeObject, kind: string, name: string, uid: string | undefined): boolean => {
  const about = textAt(event, 'involvedObject', 'uid');
  const same = textAt(event, 'involvedObject', 'kind') === kind && textAt(event, 'involvedObject', 'name') === name;
  return same && (about === undefined || about === '' || uid === undefined || about === uid || kind === 'Node');
};

/** What is asked for is what is wrong; an object that is fine is asked for by its kind and name. */
async function lessonsAbout(
  lessons: Lessons,
  object: KubeObject,
  events: readonly FoldedEvent[],
): Promise<readonly FoundLesson[]> {
  const wrong = events
    .filter(({ type }) => type === 'Warning')
    .slice(0, 3)
    .map(({ reason, message }) => `${reason} ${message.slice(0, 120)}`);
  return lessons.search({
    text: [object.kind, object.metadata.name, ...wrong].join(' '),
    kind: object.kind,
    status: 'confirmed',
    limit: MAX_LESSONS,
  });
}

const lessonSections = (lessons: readonly FoundLesson[]): readonly Section[] =>
  lessons.length === 0
    ? []
    : [
        {
          kind: 'text',
          title: 'Lessons (lessons_search has the rest)',
          ours: true,
          text: lessons.map(({ lesson }) => `- ${lesson.id}: ${lesson.title}. Do: ${lesson.fix}`).join('\n'),
        },
      ];
