import type { ObjectPartName, Parts } from '../../../world/parts.ts';
import type { World } from '../../../world/world.ts';

type ValueOf<M> = M extends ReadonlyMap<string, infer V> ? V : never;

/** What runs below the cluster, one line for each system that is configured; a system that cannot be read is said to be unknown. */
export const machinesText = (world: World): readonly string[] => [...proxmoxLine(world), ...poolsLine(world)];

/** `Proxmox home: quorate; 2/3 hosts online, pve3 OFFLINE; 12 guests, 3 of unknown state` */
function proxmoxLine(world: World): readonly string[] {
  const clusters = valuesOf(world, 'proxmoxCluster');
  const hosts = valuesOf(world, 'proxmoxNodes');
  if (clusters === 'absent') return [];
  if (clusters === 'unknown' || hosts === 'unknown' || hosts === 'absent') return ['Proxmox: not readable'];
  const guests = valuesOf(world, 'proxmoxGuests');
  return clusters.map(({ metadata: { name }, quorum }) => {
    const own = hosts.filter(({ metadata }) => metadata.namespace === name);
    const off = own.filter(({ online }) => !online).map(({ metadata }) => `${metadata.name} OFFLINE`);
    const working = own
      .filter(({ online, maintenance }) => online && maintenance !== undefined)
      .map(({ metadata }) => `${metadata.name} in maintenance`);
    return [
      `Proxmox ${name}: ${quorum === 'lost' ? 'QUORUM LOST' : quorum === 'unknown' ? 'quorum unknown' : quorum}`,
      [`${own.length - off.length}/${own.length} hosts online`, ...off, ...working].join(', '),
      guestsText(guests, name),
    ].join('; ');
  });
}

function guestsText(guests: Values<'proxmoxGuests'>, cluster: string): string {
  if (typeof guests === 'string') return 'guests not readable';
  const own = guests.filter(({ metadata, template }) => metadata.namespace === cluster && !template);
  const amountOf = (wanted: string): number => own.filter(({ status }) => status === wanted).length;
  const locked = own.filter(({ lock }) => lock !== undefined).length;
  return [
    `${own.length} guests`,
    ...(['stopped', 'paused'] as const).flatMap((state) =>
      amountOf(state) > 0 ? [`${amountOf(state)} ${state}`] : [],
    ),
    ...(amountOf('unknown') > 0 ? [`${amountOf('unknown')} of unknown state`] : []),
    ...(locked > 0 ? [`${locked} locked`] : []),
  ].join(', ');
}

/** `Pools: tank/tank DEGRADED, pve1/rpool ONLINE` */
function poolsLine(world: World): readonly string[] {
  const pools = valuesOf(world, 'zfsPools');
  if (pools === 'absent') return [];
  if (pools === 'unknown') return ['Pools: not readable'];
  const states = pools.map(({ metadata, pool, kernelState }) => ({
    name: `${metadata.namespace ?? ''}/${metadata.name}`,
    state: kernelState === 'SUSPENDED' ? kernelState : pool.state,
  }));
  const rows = states.toSorted((a, b) => Number(a.state === 'ONLINE') - Number(b.state === 'ONLINE'));
  const shown = rows.slice(0, 8).map(({ name, state }) => `${name} ${state}`);
  return [`Pools: ${[...shown, ...(rows.length > 8 ? [`${rows.length - 8} more`] : [])].join(', ') || 'none'}`];
}

type Values<K extends ObjectPartName> = readonly ValueOf<Parts[K]>[] | 'unknown' | 'absent';

function valuesOf<K extends ObjectPartName>(world: World, name: K): Values<K> {
  const part = world.part(name);
  if (part.state !== 'known') return part.state;
  return [...part.value.values()] as ValueOf<Parts[K]>[]; // sound: values of that very map
}
