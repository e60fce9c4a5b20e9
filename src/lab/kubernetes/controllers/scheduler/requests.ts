import { quantityNumber } from '../../objects/quantity.ts';
import type { Container, Node, Pod } from '../kinds.ts';

/** Amounts by resource name: `cpu` in cores, `memory` and storage in bytes, `pods` and devices as counts. */
export type Amounts = ReadonlyMap<string, number>;

const NONE: Amounts = new Map();

export const amountsOf = (quantities: Record<string, string | number> | undefined): Amounts =>
  quantities === undefined
    ? NONE
    : new Map(Object.entries(quantities).map(([name, quantity]) => [name, quantityNumber(quantity)]));

export const plus = (a: Amounts, b: Amounts): Amounts => {
  const sum = new Map(a);
  for (const [name, amount] of b) sum.set(name, (sum.get(name) ?? 0) + amount);
  return sum;
};

const larger = (a: Amounts, b: Amounts): Amounts => {
  const result = new Map(a);
  for (const [name, amount] of b) result.set(name, Math.max(result.get(name) ?? 0, amount));
  return result;
};

/** What a container asks for; a limit without a request counts as one. */
const requestsOf = ({ resources }: Container): Amounts => amountsOf({ ...resources?.limits, ...resources?.requests });

const computed = new WeakMap<Pod['spec'], Amounts>();

/** What a pod takes on its node: all containers together, or its largest init container; sidecars count with the containers. */
export const podRequests = ({ spec }: Pod): Amounts => {
  const known = computed.get(spec);
  if (known) return known;
  const init = spec.initContainers ?? [];
  const sidecars = init.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const running = [...spec.containers, ...sidecars].map(requestsOf).reduce(plus, new Map([['pods', 1]]));
  const total = init.map(requestsOf).reduce(larger, running);
  const amounts = spec.overhead ? plus(total, amountsOf(spec.overhead)) : total;
  computed.set(spec, amounts);
  return amounts;
};

export const allocatable = ({ status }: Node): Amounts => amountsOf(status?.allocatable ?? status?.capacity);

/** Names of what is not left for `wanted`, in the words of the scheduler. */
export const shortages = (room: Amounts, used: Amounts, wanted: Amounts): string[] =>
  [...wanted]
    .filter(([name, amount]) => amount > 0 && (used.get(name) ?? 0) + amount > (room.get(name) ?? 0))
    .map(([name]) => (name === 'pods' ? 'Too many pods' : `Insufficient ${name}`));
