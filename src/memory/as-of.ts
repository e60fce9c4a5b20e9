/** A look back on two axes: what we knew at a time, and what was true at a time (both ISO 8601). */
export interface AsOf {
  readonly knownAt?: string;
  readonly validAt?: string;
}

const day = (time: string): string => time.slice(0, 10);

/** True when the validity holds the day of `asOf.validAt`; without one, always. */
export function isValidThen(
  { validFrom, validTo }: { readonly validFrom?: string | undefined; readonly validTo?: string | undefined },
  asOf: AsOf = {},
): boolean {
  if (asOf.validAt === undefined) return true;
  const then = day(asOf.validAt);
  return (validFrom === undefined || day(validFrom) <= then) && (validTo === undefined || then <= day(validTo));
}

/** True when a record was held at `asOf.knownAt`; without one, when it is held now. */
export const isKnownThen = (
  { recordedAt, retiredAt }: { readonly recordedAt: string; readonly retiredAt?: string | undefined },
  { knownAt }: AsOf = {},
): boolean =>
  knownAt === undefined
    ? retiredAt === undefined
    : recordedAt <= knownAt && (retiredAt === undefined || knownAt < retiredAt);

/** The last of some versions (oldest first) that was there at `asOf.knownAt`. */
export const versionThen = <V extends { readonly at: string }>(
  versions: readonly V[],
  { knownAt }: AsOf,
): V | undefined => versions.findLast(({ at }) => knownAt === undefined || at <= knownAt);
