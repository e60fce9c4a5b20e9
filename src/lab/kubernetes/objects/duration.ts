const SECOND = 1000;
const HOUR = 3600 * SECOND;

const two = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`;

/** A span of milliseconds as kubectl prints ages: `45s`, `3m12s`, `25m`, `5h30m`, `47h`, `3d4h`, `200d`, `2y10d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / SECOND);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  return longDuration(Math.trunc(ms / HOUR), minutes);
}

function longDuration(hours: number, minutes: number): string {
  const days = Math.trunc(hours / 24);
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (days < 8) return two(days, 'd', hours % 24, 'h');
  if (days < 365 * 2) return `${days}d`;
  if (days < 365 * 8) return two(Math.trunc(days / 365), 'y', days % 365, 'd');
  return `${Math.trunc(days / 365)}y`;
}

/** The age of an RFC 3339 timestamp; `<unknown>` when there is none. */
export const ageOf = (timestamp: unknown, now: Date): string =>
  typeof timestamp === 'string' && timestamp !== '' ? humanDuration(+now - Date.parse(timestamp)) : '<unknown>';
