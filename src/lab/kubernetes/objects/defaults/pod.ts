import type { JsonObject } from '../../json.ts';
import { objectAt, textAt } from '../json.ts';
import { child, each, fill, within } from './fill.ts';

/** What the API fills into a pod's spec, in a pod and in a template alike. */
export function podSpecDefaults(spec: JsonObject): void {
  const account = textAt(spec, 'serviceAccountName') ?? textAt(spec, 'serviceAccount');
  if (account !== undefined) fill(spec, { serviceAccountName: account, serviceAccount: account });
  fill(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  each(spec, ['volumes'], volumeDefaults);
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) each(spec, [list], containerDefaults);
}

/** What only a pod gets, not a template. */
export function podDefaults(pod: JsonObject): void {
  const spec = child(pod, 'spec');
  podSpecDefaults(spec);
  fill(spec, { enableServiceLinks: true });
  for (const list of ['containers', 'initContainers'])
    each(spec, [list], (container) => {
      requestLimits(container);
      if (spec['hostNetwork'] === true) each(container, ['ports'], hostPortDefault);
    });
}

const hostPortDefault = (port: JsonObject): void => fill(port, { hostPort: port['containerPort'] ?? 0 });

/** A limit without a request is requested as well. */
function requestLimits(container: JsonObject): void {
  const limits = objectAt(container, 'resources', 'limits');
  if (limits) fill(child(child(container, 'resources'), 'requests'), limits);
}

/** A tag other than `latest`, or a digest, is not pulled again. */
export function pullPolicy(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function containerDefaults(container: JsonObject): void {
  fill(container, {
    imagePullPolicy: pullPolicy(textAt(container, 'image') ?? ''),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
  each(container, ['ports'], (port) => fill(port, { protocol: 'TCP' }));
  each(container, ['env'], (variable) =>
    within(variable, ['valueFrom', 'fieldRef'], (field) => fill(field, { apiVersion: 'v1' })),
  );
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) within(container, [probe], probeDefaults);
  for (const hook of ['postStart', 'preStop']) within(container, ['lifecycle', hook, 'httpGet'], httpDefaults);
}

const httpDefaults = (action: JsonObject): void => fill(action, { path: '/', scheme: 'HTTP' });

function probeDefaults(probe: JsonObject): void {
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  within(probe, ['httpGet'], httpDefaults);
  within(probe, ['grpc'], (action) => fill(action, { service: '' }));
}

const MODE = { defaultMode: 420 };

function volumeDefaults(volume: JsonObject): void {
  if (Object.keys(volume).every((key) => key === 'name')) fill(volume, { emptyDir: {} });
  for (const source of ['configMap', 'secret', 'downwardAPI', 'projected'])
    within(volume, [source], (found) => fill(found, MODE));
  within(volume, ['hostPath'], (source) => fill(source, { type: '' }));
  within(volume, ['iscsi'], (source) => fill(source, { iscsiInterface: 'default' }));
  within(volume, ['image'], (source) => fill(source, { pullPolicy: pullPolicy(textAt(source, 'reference') ?? '') }));
  within(volume, ['ephemeral', 'volumeClaimTemplate', 'spec'], (claim) => fill(claim, { volumeMode: 'Filesystem' }));
  each(volume, ['downwardAPI', 'items'], itemDefaults);
  each(volume, ['projected', 'sources'], (source) => {
    within(source, ['serviceAccountToken'], (token) => fill(token, { expirationSeconds: 3600 }));
    each(source, ['downwardAPI', 'items'], itemDefaults);
  });
}

const itemDefaults = (item: JsonObject): void =>
  within(item, ['fieldRef'], (field) => fill(field, { apiVersion: 'v1' }));
