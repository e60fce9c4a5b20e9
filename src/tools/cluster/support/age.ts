const STEPS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm'],
] as const;

/** `3d`, `5h`, `12m`, `40s`; `?` when there is no time. */
export function age(since: string | undefined, now: Date): string {
  const start = since === undefined ? Number.NaN : Date.parse(since);
  if (Number.isNaN(start)) return '?';
  const seconds = Math.max(0, Math.floor((+now - start) / 1000));
  for (const [size, unit] of STEPS)
    if (seconds >= size * 2 || (unit === 'd' && seconds >= size)) return `${Math.floor(seconds / size)}${unit}`;
  return `${seconds}s`;
}
