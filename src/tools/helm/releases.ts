import * as z from 'zod';
import type { ListedRelease } from '../../clients/helm/contract.ts';
import { age } from '../cluster/support/age.ts';
import { Namespace } from '../cluster/support/inputs.ts';
import { defineTool } from '../define.ts';

interface Found {
  readonly releases: readonly ListedRelease[];
  readonly now: Date;
}

/** Releases that are as they should be. */
const GOOD: readonly string[] = ['deployed', 'uninstalled'];
const isAbnormal = ({ status }: ListedRelease): boolean => !GOOD.includes(status);

export default defineTool({
  name: 'helm_releases',
  title: 'List Helm releases',
  description: 'Releases with chart, version and state; pending and failed ones first.',
  effect: 'read',
  needs: ['helm'],
  taints: [],
  input: z.strictObject({ namespace: Namespace.optional() }),
  async run({ namespace }, { clients: { helm }, now, signal }): Promise<Found> {
    return { releases: await helm.releases(namespace === undefined ? {} : { namespace }, signal), now };
  },
  render: ({ releases, now }, { namespace }) => {
    const abnormal = releases.filter(isAbnormal);
    const ordered = [...abnormal, ...releases.filter((release) => !isAbnormal(release))];
    const where = namespace === undefined ? '' : ` in ${namespace}`;
    return {
      summary: `${releases.length} Helm release${releases.length === 1 ? '' : 's'}${where}, ${abnormal.length === 0 ? 'all deployed' : `${abnormal.length} not deployed`}.`,
      ...(releases.length > 0 && {
        sections: [
          {
            kind: 'table',
            columns: ['namespace', 'name', 'revision', 'status', 'chart', 'app', 'changed'],
            rows: ordered.map((release) => rowOf(release, now)),
          },
        ],
      }),
      ...(abnormal.length > 0 && { next: 'helm_release shows the history of one; helm_repair settles a pending one.' }),
    };
  },
});

const rowOf = (release: ListedRelease, now: Date): readonly string[] => [
  release.namespace,
  release.name,
  String(release.revision),
  release.unreadable === undefined ? release.status : 'unreadable',
  `${release.chart} ${release.chartVersion}`,
  release.appVersion,
  age(release.updatedAt, now),
];
