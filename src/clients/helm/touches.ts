import type { Touch } from '../../core/change.ts';
import type { Target } from '../../core/target.ts';
import type { Chart, HelmWrite } from './contract.ts';

export const releaseTarget = (namespace: string, name: string): Target => ({
  system: 'helm',
  kind: 'HelmRelease',
  namespace,
  name,
});

/** The content of a chart as a target: a permit for one content covers no other, whatever its name and version say. */
export const chartTouch = (namespace: string, { name, version, digest }: Chart): Touch => ({
  target: { system: 'helm', kind: 'HelmChart', namespace, name: `${name}-${version}@sha256:${digest}` },
  verb: 'create',
});

const VERBS = { install: 'create', upgrade: 'patch', rollback: 'patch', uninstall: 'delete' } as const;

/** Everything that a permit must cover before helm is started. */
export const touchesOfWrite = (write: HelmWrite): readonly [Touch, ...Touch[]] => [
  { target: releaseTarget(write.namespace, write.name), verb: VERBS[write.verb] },
  ...(write.verb === 'install' || write.verb === 'upgrade' ? [chartTouch(write.namespace, write.chart)] : []),
];
