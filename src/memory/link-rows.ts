import { canonicalJson } from '../core/canonical.ts';
import { type AsOf, isKnownThen, isValidThen } from './as-of.ts';
import type { DeclaredLink } from './links.ts';
import type { Link, StoredLink } from './store.ts';

/** Which link it is; the same key again is the same link with other facts. */
export const linkKey = ({ from, kind, to }: DeclaredLink): string => `${from} ${kind} ${to}`;

/** What a link says besides its ends; equal facts change nothing. */
export const factsOfLink = ({ weight, data, validFrom, validTo }: Omit<Link, 'at' | 'from' | 'kind' | 'to'>): string =>
  canonicalJson({ weight, data: data ?? {}, validFrom: validFrom ?? null, validTo: validTo ?? null });

/** The last of each key, in the order of first appearance. */
export const lastOfEach = (links: readonly Link[]): readonly Link[] => [
  ...new Map(links.map((link) => [linkKey(link), link])).values(),
];

export const isLinkThen = (link: StoredLink, asOf?: AsOf): boolean =>
  isKnownThen(link, asOf) && isValidThen(link, asOf);

export const storedLink = ({ at, ...link }: Link, declared: boolean, revision: number): StoredLink => ({
  ...link,
  recordedAt: at,
  declared,
  revision,
});
