import * as z from 'zod';
import { hashOf } from '../../core/canonical.ts';
import { inputError } from '../../core/errors.ts';
import type { Severity } from '../../core/severity.ts';
import type { AlertSeen } from './change.ts';

const MAX_ALERTS = 1_000;
/** As rules usually name them. */
const SEVERITIES: Readonly<Record<string, Severity>> = {
  critical: 'critical',
  page: 'critical',
  error: 'high',
  high: 'high',
  warning: 'medium',
  info: 'low',
};

const Alert = z.object({
  labels: z.record(z.string().max(200), z.string().max(2_000)),
  startsAt: z.iso.datetime({ offset: true }),
  fingerprint: z.string().max(200).optional(),
  /** `firing` in a webhook, `{ state: 'active' }` in the API. */
  status: z.union([z.string(), z.object({ state: z.string() })]).optional(),
});
const Payload = z.union([z.array(Alert).max(MAX_ALERTS), z.object({ alerts: z.array(Alert).max(MAX_ALERTS) })]);

/**
 * The firing alerts of what Alertmanager gives: the body of a webhook, or a list as the API and `amtool alert -o json` have it.
 * Error (`input`): `invalid_alerts`.
 */
export function alertsIn(payload: unknown): readonly AlertSeen[] {
  const parsed = Payload.safeParse(payload);
  if (!parsed.success)
    throw inputError(
      'invalid_alerts',
      'Unable to read the alerts: this is neither a webhook of Alertmanager nor a list of its alerts.',
      'Give what "amtool alert -o json" prints, or the body that Alertmanager sends to a webhook.',
    );
  const alerts = Array.isArray(parsed.data) ? parsed.data : parsed.data.alerts;
  return alerts.filter(isFiring).map(({ labels, startsAt, fingerprint }) => {
    const severity = SEVERITIES[labels['severity']?.toLowerCase() ?? ''];
    return {
      name: labels['alertname'] ?? 'alert without a name',
      fingerprint: fingerprint ?? hashOf(labels),
      at: new Date(startsAt).toISOString(),
      labels,
      ...(severity !== undefined && { severity }),
    };
  });
}

const isFiring = ({ status }: z.output<typeof Alert>): boolean =>
  ['firing', 'active', 'unprocessed', undefined].includes(typeof status === 'object' ? status.state : status);
