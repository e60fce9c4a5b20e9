import type { AlertSeen } from './change.ts';
import { incidentBehind, incidentsIn } from './incident.ts';
import { keepIncident, type Learned } from './keep.ts';
import type { LearnerNeeds } from './needs.ts';
import { proposeGuards } from './propose-guard.ts';
import { countShadowMatches } from './shadow.ts';

/** Turns how changes ended into candidate lessons. Whatever it does can only add: it confirms, retires and relaxes nothing. */
export interface Learner {
  /** Reads the record of the last days; what was learned before is passed over. Returns what is new. */
  learn(): Promise<readonly Learned[]>;
  /** For whoever hears of alerts. What was learned, when a change soon before it touched what it is about. */
  alertSeen(alert: AlertSeen): Promise<Learned | undefined>;
}

const LOOK_BACK_MS = 7 * 24 * 3_600_000;
const MAX_CHANGES = 1_000;
export function createLearner(needs: LearnerNeeds): Learner {
  const { store, changes, guards, clock } = needs;
  const recent = () => changes.since(new Date(+clock.now() - LOOK_BACK_MS), MAX_CHANGES);
  const judged = new Set<string>();
  /** One after the other: two at once would both find nothing known. */
  let before: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = before.then(work, work); // that an earlier one failed was told to whoever asked for it
    before = mine;
    return mine;
  };
  return {
    learn: () =>
      inTurn(async () => {
        const record = await recent();
        const learned: Learned[] = [];
        for (const incident of incidentsIn(record)) {
          const one = await keepIncident(needs, incident);
          if (one !== undefined) learned.push(one);
        }
        const at = clock.now().toISOString();
        await countShadowMatches({ store, guards, at, judged }, record);
        await proposeGuards({ store, guards, at }, learned, record);
        return learned;
      }),
    alertSeen: (alert: AlertSeen) =>
      inTurn(async () => {
        const record = await recent();
        const incident = incidentBehind(alert, record);
        if (incident === undefined) return undefined;
        const learned = await keepIncident(needs, incident);
        if (learned === undefined) return undefined;
        const at = clock.now().toISOString();
        await proposeGuards({ store, guards, at }, [learned], record);
        return learned;
      }),
  };
}
