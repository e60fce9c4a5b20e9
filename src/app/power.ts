import type { PowerReader, PowerWriter } from '../clients/kasa/contract.ts';
import type { PowerOutletConfig } from '../config/sections.ts';
import type { CheckPermit } from '../core/permit.ts';
import type { SqliteJournal } from '../guard/journal/sqlite-journal.ts';
import { type Lazy, lazy, standIn } from './lazy.ts';

interface RecordParts {
  readonly journal: SqliteJournal;
  readonly permits: { readonly check: CheckPermit };
}

/** How many entries of the journal are looked through for earlier power cycles: far more than a day has. */
const LOOK_BACK = 1_000;

/** The client of the configured outlets; no strip is asked before the first use. */
export const openPower = (
  outlets: readonly PowerOutletConfig[],
  record: () => Promise<RecordParts>,
): Lazy<PowerWriter> =>
  lazy(async () => {
    const [{ createKasaClient }, { journal, permits }] = await Promise.all([
      import('../clients/kasa/client.ts'),
      record(),
    ]);
    return createKasaClient({
      outlets: outlets.map(({ name, hostAddress, ...outlet }) => ({
        host: name,
        ...outlet,
        ...(hostAddress !== undefined && { hostAddress }),
      })),
      checkPermit: permits.check,
      async attempts() {
        const entries = await journal.list({ limit: LOOK_BACK });
        return entries
          .filter(({ event, action }) => event === 'intent' && action === 'power_cycle')
          .flatMap(({ targets, at }) => targets.map((target) => ({ host: target.replace(/^power:Outlet\//, ''), at })));
      },
    });
  });

const READS = { outlets: true, read: true, probe: true, attempts: true, identity: true } as const satisfies Record<
  keyof PowerReader,
  true
>;

/** For tools: there is no switching in it. */
export const lazyPowerReader = (load: Lazy<PowerReader>): PowerReader => standIn(load, READS);

/** For the guard alone. */
export const lazyPowerWriter = (load: Lazy<PowerWriter>): PowerWriter => standIn(load, { ...READS, cycle: true });
