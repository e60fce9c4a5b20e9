import type { Json, JsonObject } from '../../json.ts';
import { at, listAt, objectAt, objectsAt, textAt } from '../json.ts';
import { dnsLabelFaults, portNameFaults, qualifiedNameFaults } from '../names.ts';
import { compareQuantities, parseQuantity } from '../quantity.ts';
import {
  type Cause,
  duplicate,
  forbiddenField,
  named,
  notFoundCause,
  oneOf,
  portRange,
  required,
  requiredName,
  wrong,
} from './causes.ts';

/** What a container may refer to. */
interface Surroundings {
  readonly volumes: ReadonlySet<string>;
  readonly hostNetwork: boolean;
}

/** The containers of a pod; names are checked against those already `taken`. */
export function containersCauses(
  containers: readonly JsonObject[],
  field: string,
  around: Surroundings,
  taken: Set<string>,
): Cause[] {
  return containers.flatMap((container, index) => {
    const path = `${field}[${index}]`;
    const name = textAt(container, 'name') ?? '';
    const twice = name !== '' && taken.has(name) ? [duplicate(`${path}.name`, name)] : [];
    taken.add(name);
    return [
      ...requiredName(`${path}.name`, name, dnsLabelFaults),
      ...twice,
      ...containerCauses(container, path, around),
    ];
  });
}

function imageCauses(image: string | undefined, field: string): Cause[] {
  if (!image) return [required(field)];
  return image === image.trim() ? [] : [wrong(field, image, 'must not have leading or trailing whitespace')];
}

function containerCauses(container: JsonObject, path: string, around: Surroundings): Cause[] {
  return [
    ...imageCauses(textAt(container, 'image'), `${path}.image`),
    ...portsCauses(container, `${path}.ports`, around.hostNetwork),
    ...envCauses(container, `${path}.env`),
    ...mountCauses(container, `${path}.volumeMounts`, around.volumes),
    ...oneOf(`${path}.imagePullPolicy`, at(container, 'imagePullPolicy'), ['Always', 'IfNotPresent', 'Never']),
    ...resourceCauses(container, `${path}.resources`),
    ...oneOf(`${path}.terminationMessagePolicy`, at(container, 'terminationMessagePolicy'), [
      'File',
      'FallbackToLogsOnError',
    ]),
    ...securityCauses(objectAt(container, 'securityContext'), `${path}.securityContext`),
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) =>
      probeCauses(objectAt(container, probe), `${path}.${probe}`),
    ),
  ];
}

function portsCauses(container: JsonObject, field: string, hostNetwork: boolean): Cause[] {
  const names = new Set<string>();
  return objectsAt(container, 'ports').flatMap((port, index) => {
    const path = `${field}[${index}]`;
    const name = textAt(port, 'name');
    const twice = name !== undefined && names.has(name) ? [duplicate(`${path}.name`, name)] : [];
    if (name !== undefined) names.add(name);
    const number = at(port, 'containerPort');
    const hostPort = at(port, 'hostPort');
    return [
      ...(name === undefined ? [] : named(`${path}.name`, name, portNameFaults)),
      ...twice,
      ...(number === undefined || number === 0
        ? [required(`${path}.containerPort`)]
        : portRange(`${path}.containerPort`, number)),
      ...(hostPort === 0 ? [] : portRange(`${path}.hostPort`, hostPort)),
      ...(hostNetwork && hostPort !== undefined && hostPort !== 0 && hostPort !== number
        ? [wrong(`${path}.hostPort`, hostPort, 'must match `containerPort` when `hostNetwork` is true')]
        : []),
      ...oneOf(`${path}.protocol`, at(port, 'protocol'), ['SCTP', 'TCP', 'UDP']),
    ];
  });
}

const envNameFaults = (name: string): string[] =>
  /^[ -<>-~]+$/.test(name)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];

function envCauses(container: JsonObject, field: string): Cause[] {
  return objectsAt(container, 'env').flatMap((variable, index) => {
    const path = `${field}[${index}]`;
    const from = objectAt(variable, 'valueFrom');
    const both =
      from && textAt(variable, 'value')
        ? [wrong(`${path}.valueFrom`, '', 'may not be specified when `value` is not empty')]
        : [];
    const sources = Object.keys(from ?? {}).length;
    const none =
      from && sources === 0
        ? [
            wrong(
              `${path}.valueFrom`,
              '',
              'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
            ),
          ]
        : [];
    const keys = ['configMapKeyRef', 'secretKeyRef'].flatMap((source) => {
      const reference = objectAt(from, source);
      return reference && !textAt(reference, 'key') ? [required(`${path}.valueFrom.${source}.key`)] : [];
    });
    return [...requiredName(`${path}.name`, textAt(variable, 'name'), envNameFaults), ...none, ...both, ...keys];
  });
}

function mountCauses(container: JsonObject, field: string, volumes: ReadonlySet<string>): Cause[] {
  const paths = new Set<string>();
  return objectsAt(container, 'volumeMounts').flatMap((mount, index) => {
    const [name, path] = [textAt(mount, 'name') ?? '', textAt(mount, 'mountPath') ?? ''];
    const twice = path !== '' && paths.has(path) ? [wrong(`${field}[${index}].mountPath`, path, 'must be unique')] : [];
    paths.add(path);
    const subPath = textAt(mount, 'subPath') ?? '';
    return [
      ...(name === ''
        ? [required(`${field}[${index}].name`)]
        : volumes.has(name)
          ? []
          : [notFoundCause(`${field}[${index}].name`, name)]),
      ...(path === '' ? [required(`${field}[${index}].mountPath`)] : []),
      ...twice,
      ...(subPath.startsWith('/') ? [wrong(`${field}[${index}].subPath`, subPath, 'must be a relative path')] : []),
      ...(subPath.split('/').includes('..')
        ? [wrong(`${field}[${index}].subPath`, subPath, "must not contain '..'")]
        : []),
    ];
  });
}

const STANDARD = new Set(['cpu', 'memory', 'ephemeral-storage']);

function resourceCauses(container: JsonObject, field: string): Cause[] {
  const limits = objectAt(container, 'resources', 'limits') ?? {};
  const requests = objectAt(container, 'resources', 'requests') ?? {};
  return [
    ...Object.entries(limits).flatMap(([name, value]) => quantityCauses(name, value, `${field}.limits[${name}]`)),
    ...Object.entries(requests).flatMap(([name, value]) => {
      const limit = limits[name];
      const over = isQuantity(value) && isQuantity(limit) && compareQuantities(value, limit) > 0;
      return [
        ...quantityCauses(name, value, `${field}.requests[${name}]`),
        ...(over ? [wrong(`${field}.requests`, value, `must be less than or equal to ${name} limit of ${limit}`)] : []),
      ];
    }),
  ];
}

const isQuantity = (value: Json | undefined): value is string => typeof value === 'string';

function quantityCauses(name: string, value: Json, field: string): Cause[] {
  const parsed = isQuantity(value) ? parseQuantity(value) : undefined;
  const isStandard = STANDARD.has(name) || name.startsWith('hugepages-');
  return [
    ...named(field, name, qualifiedNameFaults),
    ...(isStandard || name.includes('/')
      ? []
      : [
          wrong(field, name, 'must be a standard resource type or fully qualified'),
          wrong(field, name, 'must be a standard resource for containers'),
        ]),
    ...(parsed && parsed.nano < 0n ? [wrong(field, value, 'must be greater than or equal to 0')] : []),
    ...(parsed && name.includes('/') && parsed.nano % 1_000_000_000n !== 0n
      ? [wrong(field, value, 'must be an integer')]
      : []),
  ];
}

const MAX_ID = 2_147_483_647;

/** Numeric user and group ids of a security context. */
export const idCauses = (context: JsonObject | undefined, field: string, members: readonly string[]): Cause[] =>
  members.flatMap((member) => {
    const id = at(context, member);
    return typeof id === 'number' && (id < 0 || id > MAX_ID)
      ? [wrong(`${field}.${member}`, id, `must be between 0 and ${MAX_ID}, inclusive`)]
      : [];
  });

function securityCauses(context: JsonObject | undefined, field: string): Cause[] {
  if (!context) return [];
  const contradicts = at(context, 'privileged') === true && at(context, 'allowPrivilegeEscalation') === false;
  return [
    ...idCauses(context, field, ['runAsUser', 'runAsGroup']),
    ...(contradicts
      ? [wrong(field, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true')]
      : []),
  ];
}

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc'];

function probeCauses(probe: JsonObject | undefined, field: string): Cause[] {
  if (!probe) return [];
  const handlers = HANDLERS.filter((name) => objectAt(probe, name));
  return [
    ...(handlers.length === 0 ? [required(field, 'must specify a handler type')] : []),
    ...handlers.slice(1).map((name) => forbiddenField(`${field}.${name}`, 'may not specify more than 1 handler type')),
    ...handlers.flatMap((name) => handlerCauses(objectAt(probe, name), name, `${field}.${name}`)),
    ...['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'].flatMap(
      (member) => {
        const value = at(probe, member);
        return typeof value === 'number' && value < 0
          ? [wrong(`${field}.${member}`, value, 'must be greater than or equal to 0')]
          : [];
      },
    ),
  ];
}

function handlerCauses(handler: JsonObject | undefined, name: string, field: string): Cause[] {
  if (name === 'exec') return listAt(handler, 'command').length > 0 ? [] : [required(`${field}.command`)];
  const port = at(handler, 'port') ?? 0;
  return typeof port === 'string' ? named(`${field}.port`, port, portNameFaults) : portRange(`${field}.port`, port);
}
