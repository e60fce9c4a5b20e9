import type { LabApi } from '../../controller.ts';
import type { Container, Pod, Reference } from '../kinds.ts';
import type { EventDraft } from './container-status.ts';

const isMissing = (
  api: LabApi,
  resource: 'configmaps' | 'secrets',
  pod: Pod,
  name: string | undefined,
  optional?: boolean,
) => name !== undefined && optional !== true && api.get(resource, pod.metadata.namespace, name) === undefined;

const notMounted = (volume: string, what: string): EventDraft => ({
  type: 'Warning',
  reason: 'FailedMount',
  message: `MountVolume.SetUp failed for volume "${volume}" : ${what} not found`,
});

/** The first ConfigMap or Secret of the pod's volumes that is not there. */
export const mountProblem = (api: LabApi, pod: Pod): EventDraft | undefined => {
  for (const { name, configMap, secret } of pod.spec.volumes ?? []) {
    if (configMap && isMissing(api, 'configmaps', pod, configMap.name, configMap.optional))
      return notMounted(name, `configmap "${configMap.name}"`);
    if (secret && isMissing(api, 'secrets', pod, secret.secretName, secret.optional))
      return notMounted(name, `secret "${secret.secretName}"`);
  }
  return undefined;
};

const keyProblem = (api: LabApi, pod: Pod, resource: 'configmaps' | 'secrets', reference: Reference | undefined) => {
  if (!reference || reference.optional === true || reference.name === undefined) return undefined;
  const kind = resource === 'configmaps' ? 'configmap' : 'secret';
  const object = api.get(resource, pod.metadata.namespace, reference.name);
  if (!object) return `${kind} "${reference.name}" not found`;
  if (reference.key === undefined) return undefined;
  const data = { ...(object['data'] as object | undefined), ...(object['binaryData'] as object | undefined) };
  if (reference.key in data) return undefined;
  const label = resource === 'configmaps' ? 'ConfigMap' : 'Secret';
  return `couldn't find key ${reference.key} in ${label} ${pod.metadata.namespace}/${reference.name}`;
};

/** Why the environment of a container cannot be made; undefined when it can. */
export const environmentProblem = (api: LabApi, pod: Pod, container: Container): string | undefined => {
  for (const { valueFrom } of container.env ?? []) {
    const problem =
      keyProblem(api, pod, 'configmaps', valueFrom?.configMapKeyRef) ??
      keyProblem(api, pod, 'secrets', valueFrom?.secretKeyRef);
    if (problem !== undefined) return problem;
  }
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    const problem = keyProblem(api, pod, 'configmaps', configMapRef) ?? keyProblem(api, pod, 'secrets', secretRef);
    if (problem !== undefined) return problem;
  }
  return undefined;
};
