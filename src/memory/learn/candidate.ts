import { Lesson } from '../../core/lesson.ts';
import { redactText } from '../../core/redact.ts';
import { targetLabel } from '../../core/target.ts';
import { flatten } from '../flatten.ts';
import type { Incident, Trigger } from './incident.ts';
import { classOf, sayingOf } from './symptom.ts';

const CONFIDENCE = 0.4;
const MAX_TITLE = 120;
const MAX_FIELDS = 6;
/** Parts of an input that say where, not what. */
const WHERE = new Set(['kind', 'namespace', 'name', 'reason', 'manifest']);

const HOW: Readonly<Record<Trigger, string>> = {
  verification_failed: 'it was not as planned when it was read back',
  rolled_back: 'it was rolled back within 30 minutes',
  alert_after_change: 'this alert fired within 30 minutes',
  override_failed: 'it was not as planned when it was read back, and a lesson had stood against it',
};

/**
 * A candidate lesson of an incident, written from structured facts alone: nothing of it is text of a log.
 * What nobody can know yet (the cause) it says to be unknown; a person fills it in.
 */
export function candidateOf(incident: Incident): Lesson {
  const { change, target, component, trigger, symptom, severity, fingerprint } = incident;
  const { action } = change.plan;
  const saying = trigger === 'rolled_back' ? 'rolled back soon after' : sayingOf(symptom);
  const fields = changedFields(incident);
  const where = classOf(target) === 'system' && target.namespace !== undefined ? target.namespace : undefined;
  return Lesson.parse({
    id: `learned-${fingerprint}`,
    title: clean(`${action} of ${target.kind} ${component}: ${saying}`, MAX_TITLE),
    symptom: clean(`After ${action} of a ${target.kind} (${component}): ${saying}; ${HOW[trigger]}`),
    cause: clean(
      `Not known yet. The change before it was ${action} of ${target.kind}${fields === '' ? '' : `, ${fields}`}`,
    ),
    fix: clean(fixOf(incident)),
    severity,
    components: { [component]: '*' },
    applies_to: { actions: [action], kinds: [target.kind], ...(where !== undefined && { namespaces: [where] }) },
    source: `learned from ${change.plan.id}: ${trigger}`,
    confidence: CONFIDENCE,
    status: 'candidate',
  });
}

function fixOf({ takenBackBy, change, target }: Incident): string {
  if (takenBackBy !== undefined)
    return `Taken back with ${takenBackBy.plan.action} of ${targetLabel(target)}. What to do instead is not known yet`;
  const { undo } = change.plan;
  return `Not known yet${undo === null ? ', and there is no way back' : `. The way back: ${undo}`}`;
}

/** The fields that the input sets, with plain numbers and booleans only: any text may be a secret or an instruction. */
function changedFields({ change: { plan } }: Incident): string {
  const leaves = flatten(plan.input).filter(({ keys }) => !WHERE.has(keys.at(-1) ?? '') && !WHERE.has(keys[0] ?? ''));
  const said = leaves.map(({ keys, value }) =>
    /^(?:true|false|\d{1,6})$/.test(value) ? `${keys.join('.')} = ${value}` : keys.join('.'),
  );
  const shown = [...new Set(said)].slice(0, MAX_FIELDS).map((field) => field.slice(0, 100));
  return shown.length === 0 ? '' : `which set ${shown.join(', ')}`;
}

const clean = (text: string, limit = 600): string => redactText(text).replaceAll(/\s+/g, ' ').slice(0, limit).trim();
