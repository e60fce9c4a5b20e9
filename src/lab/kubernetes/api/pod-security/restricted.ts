import { at, listAt, objectAt, objectsAt, textAt } from '../../objects/json.ts';
import { BASELINE, badSeccomp, isAllowedSeccomp, procMount } from './baseline.ts';
import {
  containerList,
  containersOf,
  hasOwnUsers,
  isWindows,
  nameOf,
  type PodCheck,
  plural,
  quoted,
  setters,
  sortedSet,
  texts,
} from './check.ts';

const allowPrivilegeEscalation: PodCheck = (pod) => {
  if (isWindows(pod)) return undefined;
  const bad = containersOf(pod).filter(
    (container) => at(container, 'securityContext', 'allowPrivilegeEscalation') !== false,
  );
  if (bad.length === 0) return undefined;
  const detail = `${containerList(bad.map(nameOf))} must set securityContext.allowPrivilegeEscalation=false`;
  return { reason: 'allowPrivilegeEscalation != false', detail };
};

const capabilities: PodCheck = (pod) => {
  if (isWindows(pod)) return undefined;
  const all = containersOf(pod).map((container) => ({
    name: nameOf(container),
    drops: listAt(container, 'securityContext', 'capabilities', 'drop').includes('ALL'),
    adds: texts(listAt(container, 'securityContext', 'capabilities', 'add')).filter(
      (capability) => capability !== 'NET_BIND_SERVICE',
    ),
  }));
  const keeping = all.filter(({ drops }) => !drops).map(({ name }) => name);
  const adding = all.filter(({ adds }) => adds.length > 0);
  const added = sortedSet(adding.flatMap(({ adds }) => adds));
  const faults = [
    ...(keeping.length > 0 ? [`${containerList(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0
      ? [
          `${containerList(adding.map(({ name }) => name))} must not include ${quoted(added)} in securityContext.capabilities.add`,
        ]
      : []),
  ];
  return faults.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: faults.join('; ') };
};

const ALLOWED_VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

const restrictedVolumes: PodCheck = ({ spec }) => {
  const bad = objectsAt(spec, 'volumes').filter((volume) => !ALLOWED_VOLUMES.some((type) => objectAt(volume, type)));
  if (bad.length === 0) return undefined;
  const types = sortedSet(bad.map((volume) => Object.keys(volume).find((key) => key !== 'name') ?? 'unknown'));
  const who = `${plural('volume', bad.length)} ${quoted(bad.map(nameOf))}`;
  const verb = plural('uses', bad.length, 'use');
  const what = plural('restricted volume type', types.length);
  return { reason: 'restricted volume types', detail: `${who} ${verb} ${what} ${quoted(types)}` };
};

const runAsNonRoot: PodCheck = (pod) => {
  if (hasOwnUsers(pod)) return undefined;
  const set = (holder: unknown): unknown => at(holder, 'securityContext', 'runAsNonRoot');
  const containers = containersOf(pod);
  const explicit = containers.filter((container) => set(container) === false).map(nameOf);
  const who = setters(set(pod.spec) === false, explicit);
  const reason = 'runAsNonRoot != true';
  if (who !== undefined) return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  const silent = containers.filter((container) => set(container) === undefined && set(pod.spec) !== true).map(nameOf);
  if (silent.length === 0) return undefined;
  return { reason, detail: `pod or ${containerList(silent)} must set securityContext.runAsNonRoot=true` };
};

const runAsUser: PodCheck = (pod) => {
  if (hasOwnUsers(pod)) return undefined;
  const isRoot = (holder: unknown): boolean => at(holder, 'securityContext', 'runAsUser') === 0;
  const who = setters(isRoot(pod.spec), containersOf(pod).filter(isRoot).map(nameOf));
  return who === undefined ? undefined : { reason: 'runAsUser=0', detail: `${who} must not set runAsUser=0` };
};

const seccompProfile: PodCheck = (pod) => {
  if (isWindows(pod)) return undefined;
  const bad = badSeccomp(pod);
  if (bad !== undefined) return { reason: 'seccompProfile', detail: bad };
  const type = (holder: unknown): string | undefined => textAt(holder, 'securityContext', 'seccompProfile', 'type');
  if (isAllowedSeccomp(type(pod.spec) ?? '')) return undefined;
  const silent = containersOf(pod).filter((container) => type(container) === undefined);
  if (silent.length === 0) return undefined;
  const detail = `pod or ${containerList(silent.map(nameOf))} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return { reason: 'seccompProfile', detail };
};

/** Baseline checks that a stricter one replaces. */
const REPLACED = new Set(['capabilities_baseline', 'hostPathVolumes', 'procMount', 'seccompProfile_baseline']);

export const RESTRICTED: Readonly<Record<string, PodCheck>> = {
  ...Object.fromEntries(Object.entries(BASELINE).filter(([id]) => !REPLACED.has(id))),
  allowPrivilegeEscalation,
  capabilities_restricted: capabilities,
  procMount_restricted: procMount,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompProfile_restricted: seccompProfile,
};
