import { messageOf } from '../../core/errors.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { known, type WorldParts } from '../world.ts';
import { metadataOf } from './objects.ts';
import type { PowerOutlet } from './schema.ts';

/** One outlet as it is configured: what stands behind it is a person's word. */
export interface OutletFacts {
  readonly host: string;
  /** `strip` unless told: an outlet, which measures. */
  readonly way?: 'strip' | 'bmc' | 'wake';
  readonly strip: string;
  readonly child: string;
  readonly idleWatts: number;
  readonly alsoFeeds: readonly string[];
}

export interface OutletReading {
  readonly alias: string;
  readonly on?: boolean;
  readonly watts?: number;
}

/** What the gatherer needs of the power clients. */
export interface PowerSource {
  outlets(): Promise<readonly OutletFacts[]>;
  read(host: string, signal: AbortSignal): Promise<OutletReading>;
}

/** Every configured outlet; one whose strip does not answer is there, and says so. */
export async function gatherPower(
  source: PowerSource,
  { timeoutMs }: { readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<WorldParts> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const outlets = await Promise.all(
    (await source.outlets()).map(async (facts) => outletObject(facts, await readingOf(source, facts.host, limited))),
  );
  signal.throwIfAborted();
  return { powerOutlets: known(new Map(outlets.map((outlet) => [outlet.host, outlet]))) };
}

async function readingOf(
  source: PowerSource,
  host: string,
  signal: AbortSignal,
): Promise<OutletReading | { unread: string }> {
  try {
    signal.throwIfAborted();
    return await unlessAborted(source.read(host, signal), signal);
  } catch (error) {
    return { unread: signal.aborted ? 'it could not be read in time' : messageOf(error) };
  }
}

export const outletObject = (
  facts: OutletFacts,
  reading: OutletReading | { readonly unread: string },
): PowerOutlet => ({
  metadata: metadataOf(undefined, facts.host, facts.child),
  ...facts,
  alsoFeeds: [...facts.alsoFeeds],
  ...reading,
});
