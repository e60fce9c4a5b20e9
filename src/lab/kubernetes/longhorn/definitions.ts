import type { LooseObject } from '../controller.ts';
import type { LonghornFacts } from './facts.ts';

/**
 * What an installation of Longhorn brings besides its pods: the definitions of its kinds, its settings and where it backs
 * up to. The definitions are looser than upstream's: the lab checks that there is a spec, not what is in it.
 */

interface Definition {
  readonly kind: string;
  readonly short: string;
  /** Title, type and path of the columns that kubectl shows, as upstream has them. */
  readonly columns: readonly (readonly [string, string, string])[];
}

/** Source of names and columns: the kubebuilder markers in k8s/pkg/apis/longhorn/v1beta2/*.go. */
const DEFINITIONS: readonly Definition[] = [
  {
    kind: 'Volume',
    short: 'lhv',
    columns: [
      ['Data Engine', 'string', '.spec.dataEngine'],
      ['State', 'string', '.status.state'],
      ['Robustness', 'string', '.status.robustness'],
      ['Size', 'string', '.spec.size'],
      ['Node', 'string', '.status.currentNodeID'],
    ],
  },
  {
    kind: 'Replica',
    short: 'lhr',
    columns: [
      ['State', 'string', '.status.currentState'],
      ['Node', 'string', '.spec.nodeID'],
      ['Disk', 'string', '.spec.diskID'],
    ],
  },
  { kind: 'Node', short: 'lhn', columns: [['AllowScheduling', 'boolean', '.spec.allowScheduling']] },
  {
    kind: 'Backup',
    short: 'lhb',
    columns: [
      ['SnapshotName', 'string', '.status.snapshotName'],
      ['State', 'string', '.status.state'],
      ['LastSyncedAt', 'string', '.status.lastSyncedAt'],
    ],
  },
  {
    kind: 'BackupTarget',
    short: 'lhbt',
    columns: [
      ['URL', 'string', '.spec.backupTargetURL'],
      ['Credential', 'string', '.spec.credentialSecret'],
      ['Available', 'boolean', '.status.available'],
    ],
  },
  { kind: 'BackupVolume', short: 'lhbv', columns: [['LastBackupAt', 'string', '.status.lastBackupAt']] },
  { kind: 'Setting', short: 'lhs', columns: [['Value', 'string', '.value']] },
  { kind: 'RecurringJob', short: 'lhrj', columns: [['Cron', 'string', '.spec.cron']] },
];

const FREE = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const definition = ({ kind, short, columns }: Definition): LooseObject => {
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.longhorn.io`, labels: { 'longhorn-manager': '' } },
    spec: {
      group: 'longhorn.io',
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind, shortNames: [short] },
      versions: [
        {
          name: 'v1beta2',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns.map(([name, type, jsonPath]) => ({ name, type, jsonPath })),
          schema: {
            openAPIV3Schema: { type: 'object', properties: { spec: FREE, status: FREE, value: { type: 'string' } } },
          },
        },
      ],
    },
  };
};

export const longhornObject = (
  kind: string,
  { namespace }: Pick<LonghornFacts, 'namespace'>,
  name: string,
  rest: object,
  labels?: Readonly<Record<string, string>>,
): LooseObject => ({
  apiVersion: 'longhorn.io/v1beta2',
  kind,
  metadata: { name, namespace, ...(labels && { labels }) },
  ...rest,
});

/** Definitions, settings, and the target; the controller makes the rest. */
export const longhornObjects = (facts: LonghornFacts): readonly LooseObject[] => {
  const { version, replicas, target, backup, retain } = facts;
  const setting = (name: string, value: string): LooseObject => longhornObject('Setting', facts, name, { value });
  return [
    ...DEFINITIONS.map(definition),
    setting('current-longhorn-version', version),
    setting('default-replica-count', JSON.stringify({ v1: String(replicas), v2: String(replicas) })),
    setting('replica-auto-balance', 'disabled'),
    longhornObject('BackupTarget', facts, 'default', {
      spec: {
        backupTargetURL: target?.url ?? '',
        credentialSecret: target?.secret ?? '',
        pollInterval: '5m0s',
      },
    }),
    ...(target
      ? [
          longhornObject('RecurringJob', facts, 'daily-backup', {
            spec: { name: 'daily-backup', task: 'backup', cron: backup, groups: ['default'], retain, concurrency: 2 },
          }),
        ]
      : []),
  ];
};
