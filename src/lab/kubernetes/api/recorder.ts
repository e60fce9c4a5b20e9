import { createHash } from 'node:crypto';
import type { LabApi } from '../controller.ts';
import type { KubeJson } from '../json.ts';
import { timestamp } from './context.ts';
import { ApiFault } from './fault.ts';

type Record = LabApi['event'];

/** Events about the same thing for the same reason are one event that counts up (client-go's correlator). */
const eventName = (about: KubeJson, ...facts: readonly string[]): string => {
  const digest = createHash('sha256')
    .update([about.metadata.uid, ...facts].join('\n'))
    .digest('hex')
    .slice(0, 16);
  return `${about.metadata.name}.${digest}`;
};

function reference(about: KubeJson): object {
  const { name, namespace, uid, resourceVersion } = about.metadata;
  return {
    kind: about.kind,
    ...(namespace !== undefined && { namespace }),
    name,
    uid,
    apiVersion: about.apiVersion,
    resourceVersion,
  };
}

/** Writes events the way client-go's recorder does; one that cannot be written (its namespace is going) is let go. */
export function createRecorder(api: Pick<LabApi, 'get' | 'create' | 'update' | 'now'>): Record {
  return (about, type, reason, message, component) => {
    // Events about cluster-scoped objects stand in `default`.
    const namespace = about.metadata.namespace ?? 'default';
    const name = eventName(about, type, reason, message, component);
    const now = timestamp(api.now());
    const known = api.get('events', namespace, name);
    if (known) {
      const count = typeof known.count === 'number' ? known.count + 1 : 2;
      api.update('events', { ...known, count, lastTimestamp: now }, component);
      return;
    }
    try {
      api.create(
        'events',
        {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name, namespace },
          involvedObject: reference(about),
          reason,
          message,
          source: { component },
          firstTimestamp: now,
          lastTimestamp: now,
          count: 1,
          type,
          eventTime: null,
          reportingComponent: component,
          reportingInstance: '',
        },
        component,
      );
    } catch (error) {
      if (!(error instanceof ApiFault)) throw error;
    }
  };
}
