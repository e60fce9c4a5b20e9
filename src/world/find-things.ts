import type { DependencyGraph, Thing } from './dependency-graph.ts';

/** As people call kinds. */
const KINDS: Readonly<Record<string, string>> = {
  claim: 'persistentvolumeclaim',
  pvc: 'persistentvolumeclaim',
  pv: 'persistentvolume',
  vm: 'guest',
  ct: 'guest',
  zpool: 'pool',
  app: 'deployment',
};

/** Things that a text names: by id, or by key, the end of a key, or any other name; several when it is not clear. */
export function findThings({ things }: DependencyGraph, text: string): readonly Thing[] {
  const wanted = text.trim().toLowerCase();
  const all = [...things.values()];
  const [, word = '', rest = ''] = /^([a-z]+)[ /](.+)$/.exec(wanted) ?? [];
  const kind = KINDS[word] ?? word;
  const ofKind = all.filter((thing) => thing.kind.toLowerCase() === kind);
  const exact = ofKind.filter((thing) => keyOf(thing) === rest);
  if (exact.length > 0) return exact;
  const ownNamed = named(ofKind, rest);
  if (ownNamed.length > 0) return ownNamed;
  const found = named(all, wanted);
  // An outlet is called as what it feeds: who means the outlet says so.
  const others = found.filter((thing) => thing.kind !== 'Outlet');
  return others.length > 0 ? others : found;
}

const keyOf = ({ id, kind }: Thing): string => id.slice(kind.length + 1).toLowerCase();

const named = (all: readonly Thing[], wanted: string): readonly Thing[] =>
  all.filter(
    (thing) =>
      keyOf(thing) === wanted ||
      keyOf(thing).endsWith(`/${wanted}`) ||
      thing.names.some((name) => name.toLowerCase() === wanted),
  );
