import * as z from 'zod';

/** What an account needs to see everything that the checks judge. */
const NEEDED: readonly (readonly [path: string, privilege: string])[] = [
  ['/', 'Sys.Audit'],
  ['/vms', 'VM.Audit'],
  ['/storage', 'Datastore.Audit'],
];
/** Archives are left out of lists without Datastore.Allocate, or these two. */
const NEEDED_FOR_ARCHIVES: typeof NEEDED = [
  ['/storage', 'Datastore.AllocateSpace'],
  ['/vms', 'VM.Backup'],
];

/** `privilege path` pairs that the account lacks, from GET /access/permissions (path -> privileges). */
export function missingOf(data: unknown): readonly string[] {
  const have = z.record(z.string(), z.record(z.string(), z.unknown())).parse(data);
  const has = (path: string, privilege: string): boolean =>
    [path, '/'].some((at) => Object.hasOwn(have[at] ?? {}, privilege));
  const needed = has('/storage', 'Datastore.Allocate') ? NEEDED : [...NEEDED, ...NEEDED_FOR_ARCHIVES];
  return needed.filter(([path, privilege]) => !has(path, privilege)).map(([path, privilege]) => `${privilege} ${path}`);
}
