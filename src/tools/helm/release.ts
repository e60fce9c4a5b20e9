import * as z from 'zod';
import type { Release, ReleaseRevision } from '../../clients/helm/contract.ts';
import type { Section } from '../../core/output.ts';
import { age } from '../cluster/support/age.ts';
import { toYaml } from '../cluster/support/yaml.ts';
import { defineTool } from '../define.ts';
import { releaseDrift } from './support/drift.ts';
import { ReleasePlace, Revision } from './support/inputs.ts';
import { diffManifests } from './support/manifests.ts';
import { diffValues, maskValues } from './support/values.ts';

const SHOW = ['values', 'notes', 'objects', 'drift'] as const;

interface Found {
  readonly release: Release;
  readonly history: readonly ReleaseRevision[];
  readonly other?: Release;
  readonly drift?: string;
  readonly now: Date;
}

export default defineTool({
  name: 'helm_release',
  title: 'Show a Helm release',
  description:
    'One release: state, history, and what is asked for: values (secrets masked), notes, objects, drift (live differs from what it wrote), diff_from (another revision).',
  effect: 'read',
  needs: ['helm', 'kubernetes'],
  taints: ['note'],
  input: z.strictObject({
    ...ReleasePlace,
    revision: Revision.optional(),
    show: z.array(z.enum(SHOW)).max(4).default(['values']),
    diff_from: Revision.optional(),
  }),
  async run({ namespace, name, revision, show, diff_from }, ctx): Promise<Found> {
    const { helm, kubernetes } = ctx.clients;
    const [release, history] = await Promise.all([
      helm.release(namespace, name, revision ?? 'latest', ctx.signal),
      helm.history(namespace, name, ctx.signal),
    ]);
    const other = diff_from === undefined ? undefined : await helm.release(namespace, name, diff_from, ctx.signal);
    if (show.includes('drift')) ctx.progress(`comparing ${release.objects.length} objects with the cluster`);
    const drift = show.includes('drift') ? await releaseDrift(kubernetes, release, ctx.signal) : undefined;
    return { release, history, now: ctx.now, ...(other && { other }), ...(drift !== undefined && { drift }) };
  },
  render: (found, { show }) => ({
    summary: summaryOf(found),
    sections: [historySection(found), ...show.flatMap((what) => sectionsOf(what, found)), ...diffSections(found)],
  }),
});

const summaryOf = ({ release }: Found): string =>
  `HelmRelease ${release.namespace}/${release.name}: revision ${release.revision} is ${release.status}, ${release.objects.length} objects.`;

const historySection = ({ history, now }: Found): Section => ({
  kind: 'table',
  title: 'History',
  columns: ['revision', 'status', 'chart', 'app', 'age', 'description'],
  rows: history.map(({ revision, status, chart, chartVersion, appVersion, updatedAt, description }) => [
    String(revision),
    status,
    `${chart} ${chartVersion}`,
    appVersion,
    age(updatedAt, now),
    description,
  ]),
  maxChars: 160,
});

function sectionsOf(what: (typeof SHOW)[number], { release, drift = '' }: Found): readonly Section[] {
  const text = (title: string, content: string): readonly Section[] => [{ kind: 'text', title, text: content }];
  switch (what) {
    case 'values':
      return text(
        'Values set by the user',
        Object.keys(release.values).length === 0 ? 'none' : toYaml(maskValues(release.values)),
      );
    case 'notes':
      return text('Notes', release.notes.trim() || 'none');
    case 'objects':
      return text(
        'Objects',
        release.objects
          .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? release.namespace}/${metadata.name}`)
          .join('\n') || 'none',
      );
    case 'drift':
      return text('Drift', drift === '' ? 'none: the live objects are as the release wrote them' : drift);
  }
}

function diffSections({ release, other }: Found): readonly Section[] {
  if (other === undefined) return [];
  const values = diffValues(other.values, release.values);
  const objects = diffManifests(other.objects, release.objects);
  const text = [...(values === '' ? [] : ['values', values]), ...(objects === '' ? [] : [objects])].join('\n');
  return [{ kind: 'text', title: `Revision ${other.revision} to ${release.revision}`, text: text || 'no difference' }];
}
