import { all } from './kinds.ts';
import type { LoopController } from './loop.ts';
import { after, HOUR, MINUTE, tolerate } from './support.ts';

/** As in a real cluster. */
export const EVENT_LIFE_MS = HOUR;

/** Events live for an hour, as in a real cluster; looked at every ten minutes while there are any. */
export const createEventExpiryController = (): LoopController => ({
  name: 'event-expiry',
  watches: [],
  reconcile(api) {
    const limit = after(api.now(), -EVENT_LIFE_MS);
    const events = all(api, 'events');
    for (const event of events) {
      const last = event['lastTimestamp'] ?? event['eventTime'] ?? event.metadata.creationTimestamp;
      if (typeof last === 'string' && new Date(last) < limit)
        tolerate(() => api.delete('events', event.metadata.namespace, event.metadata.name, { graceSeconds: 0 }));
    }
    return after(api.now(), 10 * MINUTE);
  },
});
