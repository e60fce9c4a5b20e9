const MINUTE_MS = 60_000;

/** Minutes since a time of the API; `undefined` when there is none, so that "no time" is never "long ago". */
export function minutesSince(time: string | undefined, now: Date): number | undefined {
  const at = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(at) ? undefined : (+now - at) / MINUTE_MS;
}

/** Whether it is known to be longer ago than that many minutes. */
export const isOlderThan = (time: string | undefined, minutes: number, now: Date): boolean =>
  (minutesSince(time, now) ?? Number.NEGATIVE_INFINITY) > minutes;

/** `12 minutes`, `3 hours`, `9 days`. */
export function durationText(minutes: number): string {
  const [amount, unit] =
    minutes < 120 ? [minutes, 'minute'] : minutes < 48 * 60 ? [minutes / 60, 'hour'] : [minutes / 1440, 'day'];
  const whole = Math.floor(amount);
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}

/** `a, b and c`; longer lists end in `and 4 more`. */
export function enumerate(items: readonly string[], most = 5): string {
  if (items.length < 2) return items.join('');
  const shown = items.length > most ? items.slice(0, most) : items.slice(0, -1);
  const last = items.length > most ? `${items.length - most} more` : (items.at(-1) ?? '');
  return `${shown.join(', ')} and ${last}`;
}

/** `1 pod`, `2 pods`. */
export const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? '' : 's'}`;

/** Outside text on one line, cut. */
export const oneLine = (text: string, most = 200): string => {
  const flat = text.replaceAll(/\s+/g, ' ').trim();
  return flat.length > most ? `${flat.slice(0, most - 1)}…` : flat;
};
