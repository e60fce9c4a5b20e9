import type { WriteVerb } from '../../core/change.ts';
import { inputError } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import type { KubeKind, KubeRef, KubeWrite } from './contract.ts';
import type { HttpRequest } from './exchange.ts';

/** The name under which the server keeps track of our fields. */
export const FIELD_MANAGER = 'steward';

/**
 * One segment of a path. The rule is the API server's own for names (`ValidatePathSegmentName`), applied here so that
 * no name can leave its place in the URL: what the permit covers is what the request touches.
 */
function segment(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/%]/.test(name))
    throw inputError(
      'invalid_name',
      `Unable to address "${name}": it cannot be the name of a Kubernetes object.`,
      'Use the name as the cluster lists it.',
    );
  return encodeURIComponent(name);
}

export const collectionPath = ({ group, version, resource, namespaced }: KubeKind, namespace?: string): string => {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespaced && namespace !== undefined ? `/namespaces/${segment(namespace)}` : '';
  return `${root}${scope}/${resource}`;
};

export const objectPath = ({ kind, namespace, name }: KubeRef): string =>
  `${collectionPath(kind, namespace)}/${segment(name)}`;

export const targetOf = ({ kind, namespace, name }: KubeRef): Target => ({
  system: 'kubernetes',
  kind: kind.kind,
  ...(kind.group !== '' && { group: kind.group }),
  ...(kind.namespaced && namespace !== undefined && { namespace }),
  name,
});

/** The object that a write is about to touch. */
export function refOf(write: KubeWrite): KubeRef {
  if (write.verb !== 'create' && write.verb !== 'apply') return write.ref;
  const { namespace, name } = write.object.metadata;
  return { kind: write.kind, ...(namespace !== undefined && { namespace }), name };
}

/** Verbs of the permit that cover a write; server-side apply makes or changes, whichever it takes. */
export const verbsFor = (write: KubeWrite): readonly WriteVerb[] =>
  write.verb === 'apply' ? ['patch', 'create'] : [write.verb];

const PATCH_TYPES = {
  strategic: 'application/strategic-merge-patch+json',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
} as const;

/** The HTTP request of a write; the same for the dry run and for the real thing but for `dryRun=All`. */
export function requestOf(write: KubeWrite, dryRun: boolean): HttpRequest {
  const dry = dryRun ? 'All' : undefined;
  const strict = { dryRun: dry, fieldManager: FIELD_MANAGER, fieldValidation: 'Strict' };
  switch (write.verb) {
    case 'create':
      return {
        method: 'POST',
        path: collectionPath(write.kind, write.object.metadata.namespace),
        query: strict,
        body: JSON.stringify(write.object),
      };
    case 'apply':
      return {
        method: 'PATCH',
        path: objectPath(refOf(write)),
        query: {
          ...strict,
          ...(dryRun && write.manager && { fieldManager: write.manager }),
          force: String(write.force),
        },
        contentType: 'application/apply-patch+yaml',
        body: JSON.stringify(write.object),
      };
    case 'patch':
      return {
        method: 'PATCH',
        path: `${objectPath(write.ref)}${write.subresource ? `/${write.subresource}` : ''}`,
        query: strict,
        contentType: PATCH_TYPES[write.type],
        body: JSON.stringify(write.body),
      };
    case 'delete':
      return {
        method: 'DELETE',
        path: objectPath(write.ref),
        query: { dryRun: dry },
        body: JSON.stringify({
          kind: 'DeleteOptions',
          apiVersion: 'v1',
          propagationPolicy: write.propagation,
          preconditions: { uid: write.uid },
          ...(dryRun && { dryRun: ['All'] }),
        }),
      };
    case 'evict':
      return {
        method: 'POST',
        path: `${objectPath(write.ref)}/eviction`,
        query: { dryRun: dry },
        body: JSON.stringify({
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: write.ref.name, namespace: write.ref.namespace },
          deleteOptions: { preconditions: { uid: write.uid }, ...(dryRun && { dryRun: ['All'] }) },
        }),
      };
  }
}
