import type { JsonObject, KubeJson } from '../json.ts';
import { isObject, objectAt, textAt } from '../objects/json.ts';

/** A job finds its pods by its own uid, unless it brings a selector of its own. */
export function jobAtBirth(job: KubeJson): KubeJson {
  const { uid, name } = job.metadata;
  if (!isObject(job.spec) || job.spec.manualSelector === true) return job;
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const template: JsonObject = { ...objectAt(job.spec, 'template') };
  const metadata: JsonObject = { ...objectAt(template, 'metadata') };
  return {
    ...job,
    spec: {
      ...job.spec,
      manualSelector: false,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      template: { ...template, metadata: { ...metadata, labels: { ...objectAt(metadata, 'labels'), ...labels } } },
    },
  };
}

/** The labels of a job are those of its pods when it has none of its own. */
export function withTemplateLabels(object: KubeJson): KubeJson {
  const labels = objectAt(object.spec, 'template', 'metadata', 'labels');
  if (!labels || Object.keys(object.metadata.labels ?? {}).length > 0) return object;
  const texts = Object.fromEntries(Object.keys(labels).map((key) => [key, textAt(labels, key) ?? '']));
  return { ...object, metadata: { ...object.metadata, labels: texts } };
}
