import type { KubeJson } from '../json.ts';
import { resourceKey } from '../resource.ts';
import { allocateService, keepAllocations } from './allocate.ts';
import { CRDS, type ServedResource } from './catalogue.ts';
import type { ApiContext } from './context.ts';
import { completeDefinition } from './definitions.ts';
import { jobAtBirth, withTemplateLabels } from './job.ts';
import { namespaceAtBirth } from './namespaces.ts';
import { admitPod, withLimitRange } from './pods.ts';
import { claimAtBirth, volumeAtBirth } from './storage.ts';

type Step = (context: ApiContext, object: KubeJson) => KubeJson;

/** What the server itself adds to a new object, by resource. */
const AT_BIRTH: Readonly<Record<string, Step>> = {
  pods: (context, object) => admitPod(context, withLimitRange(context, object)),
  services: allocateService,
  namespaces: (_, object) => namespaceAtBirth(object),
  persistentvolumes: (_, object) => volumeAtBirth(object),
  persistentvolumeclaims: claimAtBirth,
  replicationcontrollers: (_, object) => withTemplateLabels(object),
  'jobs.batch': (_, object) => withTemplateLabels(jobAtBirth(object)),
  'daemonsets.apps': (_, object) => withAnnotation(object, 'deprecated.daemonset.template.generation', '1'),
  [CRDS]: (_, object) => completeDefinition(object),
};

const withAnnotation = (object: KubeJson, key: string, value: string): KubeJson => ({
  ...object,
  metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [key]: value } },
});

const ON_UPDATE: Readonly<Record<string, (context: ApiContext, current: KubeJson, next: KubeJson) => KubeJson>> = {
  services: (context, current, next) => allocateService(context, keepAllocations(current, next)),
  [CRDS]: (_, __, next) => completeDefinition(next),
};

export const admitNew = (context: ApiContext, resource: ServedResource, object: KubeJson): KubeJson =>
  AT_BIRTH[resourceKey(resource)]?.(context, object) ?? object;

export const admitChange = (
  context: ApiContext,
  resource: ServedResource,
  current: KubeJson,
  next: KubeJson,
): KubeJson => ON_UPDATE[resourceKey(resource)]?.(context, current, next) ?? next;
