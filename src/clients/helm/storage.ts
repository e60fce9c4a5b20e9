import { gunzipSync } from 'node:zlib';
import * as yaml from 'yaml';
import * as z from 'zod';
import { messageOf, StewardError } from '../../core/errors.ts';
import type { KubeObject } from '../kubernetes/contract.ts';
import type { Hook, ListedRelease, Release, ReleaseRevision, ReleaseStatus } from './contract.ts';
import { refsOf } from './refs.ts';

/** A release unpacked is at most this; etcd keeps the packed form under 1.5 MiB. */
const MAX_BYTES = 64 * 1024 * 1024;

const Stored = z.looseObject({
  name: z.string(),
  namespace: z.string().default(''),
  version: z.number(),
  manifest: z.string().default(''),
  apply_method: z.string().optional(),
  config: z.record(z.string(), z.unknown()).nullish(),
  info: z
    .looseObject({
      status: z.string().default('unknown'),
      last_deployed: z.string().default(''),
      description: z.string().default(''),
      notes: z.string().default(''),
    })
    .default({ status: 'unknown', last_deployed: '', description: '', notes: '' }),
  chart: z
    .looseObject({
      metadata: z
        .looseObject({
          name: z.string().default(''),
          version: z.string().default(''),
          appVersion: z.string().default(''),
        })
        .default({ name: '', version: '', appVersion: '' }),
    })
    .default({ metadata: { name: '', version: '', appVersion: '' } }),
  hooks: z
    .array(
      z.looseObject({
        name: z.string().default(''),
        kind: z.string().default(''),
        events: z.array(z.string()).default([]),
        manifest: z.string().default(''),
      }),
    )
    .nullish(),
});
type Stored = z.output<typeof Stored>;

const SecretShape = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().default(''),
    uid: z.string().default(''),
    resourceVersion: z.string().default(''),
  }),
  data: z.looseObject({ release: z.string() }),
});

const STATUSES: readonly ReleaseStatus[] = [
  'deployed',
  'superseded',
  'failed',
  'uninstalled',
  'uninstalling',
  'pending-install',
  'pending-upgrade',
  'pending-rollback',
];

/** Helm keeps a release as base64 of gzip of JSON, and Kubernetes puts base64 around it once more (helm 3 and 4, pkg/storage/driver). */
export const decodeRelease = (secret: KubeObject): Release => decode(secret, releaseOf);

/** A release as a list shows it; its manifest is only scanned. A Secret that holds no release hides no other one. */
export function decodeListed(secret: KubeObject): ListedRelease {
  try {
    return decode(secret, (stored, meta) => ({ ...revisionOf(stored, meta), refs: refsOf(stored.manifest) }));
  } catch (error) {
    return { ...unreadableRevision(secret), refs: [], unreadable: messageOf(error) };
  }
}

function unreadableRevision({ metadata }: KubeObject): ReleaseRevision {
  const { name, namespace = '', uid = '', resourceVersion = '', labels = {} } = metadata;
  return {
    namespace,
    name: labels['name'] ?? name,
    revision: Number(labels['version'] ?? 0),
    status: 'unknown',
    chart: '',
    chartVersion: '',
    appVersion: '',
    updatedAt: '',
    description: '',
    secret: { name, uid, resourceVersion },
  };
}

function decode<T>(secret: KubeObject, use: (stored: Stored, meta: SecretMeta) => T): T {
  const { metadata } = secret;
  try {
    const shape = SecretShape.parse(secret);
    const packed = Buffer.from(Buffer.from(shape.data.release, 'base64').toString('latin1'), 'base64');
    const json = gunzipSync(packed, { maxOutputLength: MAX_BYTES }).toString('utf8');
    return use(Stored.parse(JSON.parse(json)), shape.metadata);
  } catch (cause) {
    throw new StewardError(
      `Unable to read the release in Secret ${metadata.namespace}/${metadata.name}: ${messageOf(cause).slice(0, 200)}.`,
      {
        kind: 'target',
        code: 'release_unreadable',
        hint: 'Look at the release with `helm history`; nothing was changed.',
        cause,
      },
    );
  }
}

type SecretMeta = z.output<typeof SecretShape>['metadata'];

function releaseOf(stored: Stored, secret: SecretMeta): Release {
  return {
    ...revisionOf(stored, secret),
    values: stored.config ?? {},
    manifest: stored.manifest,
    serverSide: stored.apply_method === 'ssa',
    notes: stored.info.notes,
    hooks: hooksOf(stored.hooks ?? []),
    objects: objectsOf(stored.manifest),
  };
}

const revisionOf = (stored: Stored, secret: SecretMeta): ReleaseRevision => ({
  namespace: stored.namespace || secret.namespace,
  name: stored.name,
  revision: stored.version,
  status: STATUSES.find((status) => status === stored.info.status) ?? 'unknown',
  chart: stored.chart.metadata.name,
  chartVersion: stored.chart.metadata.version,
  appVersion: stored.chart.metadata.appVersion,
  updatedAt: stored.info.last_deployed,
  description: stored.info.description,
  secret: { name: secret.name, uid: secret.uid, resourceVersion: secret.resourceVersion },
});

/** What helm prints for a dry run (`--output json`) and keeps in a Secret has the same form. */
export function parseRelease(json: string): Pick<Release, 'objects' | 'hooks' | 'notes' | 'revision'> {
  const stored = Stored.parse(JSON.parse(json));
  return {
    objects: objectsOf(stored.manifest),
    hooks: hooksOf(stored.hooks ?? []),
    notes: stored.info.notes,
    revision: stored.version,
  };
}

/** What `helm template` prints: hooks stand among the objects, told by their annotation. */
export function parseTemplate(manifest: string): Pick<Release, 'objects' | 'hooks' | 'notes'> {
  const all = objectsOf(manifest);
  const eventsOf = ({ metadata }: KubeObject): string => metadata.annotations?.['helm.sh/hook'] ?? '';
  return {
    objects: all.filter((object) => eventsOf(object) === ''),
    hooks: all
      .filter((object) => eventsOf(object) !== '')
      .map((object) => ({
        name: object.metadata.name,
        kind: object.kind,
        events: eventsOf(object).split(/\s*,\s*/),
        object,
      })),
    notes: '',
  };
}

const hooksOf = (hooks: NonNullable<Stored['hooks']>): readonly Hook[] =>
  hooks.map(({ name, kind, events, manifest }) => {
    const [object] = objectsOf(manifest);
    return { name, kind, events, ...(object && { object }) };
  });

/** The objects of a manifest; a List counts as its items, empty documents as nothing. */
export function objectsOf(manifest: string): KubeObject[] {
  return yaml
    .parseAllDocuments(manifest, { logLevel: 'silent' })
    .flatMap((document) => flatten(document.toJS({ maxAliasCount: 100 })));
}

const ObjectShape = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});
const ListShape = z.looseObject({ kind: z.string().endsWith('List'), items: z.array(z.unknown()) });

function flatten(value: unknown): KubeObject[] {
  const list = ListShape.safeParse(value);
  if (list.success) return list.data.items.flatMap(flatten);
  const one = ObjectShape.safeParse(value);
  return one.success ? [one.data] : [];
}
