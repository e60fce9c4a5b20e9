const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `512 B`, `18.2 TiB`: three digits at most, of a number of bytes. */
export function sizeText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  const amount = value >= 100 || power === 0 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, '');
  return `${amount} ${UNITS[power] ?? 'B'}`;
}
