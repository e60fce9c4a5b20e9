import type { HelmReader } from '../clients/helm/contract.ts';
import type { KubernetesReader } from '../clients/kubernetes/contract.ts';
import type { ProxmoxClusters } from '../clients/proxmox/contract.ts';
import type { ZfsHosts } from '../clients/zfs/contract.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { WorldReader } from './gather.ts';
import { gatherHelm } from './helm/gather.ts';
import { gatherKubernetes } from './kubernetes/gather.ts';
import type { ImagePlatforms } from './kubernetes/images.ts';
import type { SmartMemory } from './proxmox/disks.ts';
import { gatherProxmox } from './proxmox/gather.ts';
import { gatherPower, type PowerSource } from './proxmox/power.ts';
import type { ReadingStore } from './readings/contract.ts';
import { readingsOf } from './readings/observe.ts';
import { unlessAborted } from './unless-aborted.ts';
import { known, unknown, World, type WorldParts } from './world.ts';
import { gatherZfs } from './zfs/gather.ts';

export interface WorldSources {
  /** Without it every Kubernetes part is absent. */
  readonly kubernetes?: KubernetesReader;
  /** Without it every part of ZFS is absent. */
  readonly zfs?: ZfsHosts;
  /** Without it releases are absent. */
  readonly helm?: Pick<HelmReader, 'releases'>;
  /** Without it every part of Proxmox is absent. */
  readonly proxmox?: ProxmoxClusters;
  /** Without it no outlet is known. */
  readonly power?: PowerSource;
  /** Without it the platforms of images are known only from what runs. */
  readonly images?: ImagePlatforms;
  /** Without it there is no past to compare with. */
  readonly readings?: ReadingStore;
  readonly clock: Clock;
  /** Longest time one look may take; what was not read by then is unknown. */
  readonly timeoutMs?: number;
}

/** Shorter than the minute that clients of MCP wait for an answer. */
const TIMEOUT_MS = 45_000;

interface Look {
  readonly number: number;
  /** Age counts from here: what changed later may be missing. */
  readonly startedAt: number;
  readonly world: Promise<World>;
  readonly stop: AbortController;
  waiting: number;
  isOver: boolean;
}

/**
 * Keeps the last world, and never looks twice at the same time: callers share a look that is young enough for them.
 * `maxAgeMs: 0` gets a look that began after the call. A look that nobody waits for any more is stopped.
 */
export function createWorldReader(sources: WorldSources): WorldReader {
  const smart: SmartMemory = new Map();
  let latest: Look | undefined;
  let started = 0;
  return {
    async world({ maxAgeMs, signal }) {
      const before = started;
      while (true) {
        signal.throwIfAborted();
        const isYoung = (look: Look): boolean =>
          look.number > before || (maxAgeMs > 0 && +sources.clock.now() - look.startedAt <= maxAgeMs);
        if (latest !== undefined && !latest.stop.signal.aborted && isYoung(latest)) return share(latest, signal);
        if (latest === undefined || latest.isOver) latest = startLook(sources, smart, ++started);
        else await unlessAborted(ended(latest), signal);
      }
    },
  };
}

function startLook(
  { kubernetes, zfs, helm, proxmox, power, images, readings, clock, timeoutMs }: WorldSources,
  smart: SmartMemory,
  number: number,
): Look {
  const now = clock.now();
  const stop = new AbortController();
  const options = { now, timeoutMs: timeoutMs ?? TIMEOUT_MS, ...(images === undefined ? {} : { images }) };
  const none: WorldParts = {};
  const gathered = Promise.all([
    kubernetes === undefined ? Promise.resolve(none) : gatherKubernetes(kubernetes, options, stop.signal),
    zfs === undefined ? Promise.resolve(none) : gatherZfs(zfs, options, stop.signal),
    helm === undefined ? Promise.resolve(none) : gatherHelm(helm, options, stop.signal),
    proxmox === undefined ? Promise.resolve(none) : gatherProxmox(proxmox, { ...options, smart }, stop.signal),
    power === undefined ? Promise.resolve(none) : gatherPower(power, options, stop.signal),
  ]);
  const look: Look = {
    number,
    startedAt: +now,
    stop,
    waiting: 0,
    isOver: false,
    world: gathered
      .then((found) => {
        const parts = found.reduce((all, own) => ({ ...all, ...own }), none);
        return new World(now, { ...parts, ...pastOf(readings, parts, now) });
      })
      .finally(() => {
        look.isOver = true;
      }),
  };
  look.world.catch(() => undefined); // whoever waits gets the fault; when nobody does it is let go
  return look;
}

/** What was read before this look, which is then added to it. A store that fails is a past that is not known. */
function pastOf(store: ReadingStore | undefined, parts: WorldParts, now: Date): WorldParts {
  if (store === undefined) return {};
  try {
    const readings = known(store.past());
    store.keep(readingsOf(parts), now);
    return { readings };
  } catch (error) {
    return { readings: unknown(`the readings of before could not be read: ${messageOf(error)}`) };
  }
}

const ended = (look: Look): Promise<unknown> => look.world.catch(() => undefined);

async function share(look: Look, signal: AbortSignal): Promise<World> {
  look.waiting++;
  try {
    return await unlessAborted(look.world, signal);
  } finally {
    look.waiting--;
    if (look.waiting === 0 && !look.isOver) look.stop.abort();
  }
}
