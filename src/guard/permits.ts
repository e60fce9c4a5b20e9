import { canonicalJson } from '../core/canonical.ts';
import type { Touch } from '../core/change.ts';
import type { Clock } from '../core/clock.ts';
import { denied, type StewardError } from '../core/errors.ts';
import type { CheckPermit, Permit } from '../core/permit.ts';
import { targetLabel } from '../core/target.ts';
import type { Lease } from './journal/leases.ts';
import type { SqliteJournal } from './journal/sqlite-journal.ts';

/** What the guard knows about a permit; nothing that stands on the object itself is believed. */
interface Grant {
  readonly touches: ReadonlySet<string>;
  readonly notAfterMs: number;
  readonly leases: readonly Lease[];
  stopped: string | undefined;
}

export interface MintRequest {
  readonly planId: string;
  readonly touches: readonly Touch[];
  readonly notAfter: Date;
  readonly leases: readonly Lease[];
}

/** The only maker of permits, and the check that every client's `send()` calls. */
export interface Permits {
  readonly check: CheckPermit;
  /** For `apply` alone. */
  mint(request: MintRequest): Permit;
  /** No further write starts with this permit; what is under way is not touched. */
  stop(permit: Permit, reason: string): void;
}

/** `journal` is asked at every check for a freeze and for the leases, so that another process can stop this one. */
export function createPermits({ journal, clock }: { journal: SqliteJournal; clock: Clock }): Permits {
  const grants = new WeakMap<Permit, Grant>();
  return {
    mint({ planId, touches, notAfter, leases }) {
      const shown = { planId, touches: Object.freeze([...touches]), notAfter: new Date(notAfter) };
      const permit = Object.freeze(shown) as unknown as Permit; // the brand exists in types only
      const keys = new Set(touches.map(touchKey));
      grants.set(permit, { touches: keys, notAfterMs: +notAfter, leases, stopped: undefined });
      return permit;
    },
    stop(permit, reason) {
      const grant = grants.get(permit);
      if (grant !== undefined) grant.stopped ??= reason;
    },
    check(permit, touch) {
      if (permit === undefined) throw refusal('permit_missing', touch, 'no permit was given');
      const grant = grants.get(permit);
      if (grant === undefined) throw refusal('permit_forged', touch, 'the guard did not make this permit');
      if (grant.stopped !== undefined) throw refusal('permit_expired', touch, grant.stopped);
      if (+clock.now() >= grant.notAfterMs) throw refusal('permit_expired', touch, 'its time is over');
      if (!grant.touches.has(touchKey(touch))) throw refusal('permit_out_of_scope', touch, 'the plan does not hold it');
      if (journal.lastFreeze()?.event === 'frozen') throw refusal('frozen', touch, 'all changes are frozen');
      if (!journal.leases.holds(grant.leases)) throw refusal('permit_expired', touch, 'its lease was taken over');
    },
  };
}

const refusal = (code: string, { verb, target }: Touch, reason: string): StewardError =>
  denied(
    code,
    `Unable to ${verb} ${targetLabel(target)}: ${reason}.`,
    'Changes go through plan_change and apply_plan.',
  );

/** Field by field, so that a `/` in a name cannot make two targets look alike. */
const touchKey = ({ verb, target: { system, group, kind, namespace, name } }: Touch): string =>
  canonicalJson([verb, system, group ?? '', kind, namespace ?? null, name]);
