import { expect, test } from 'vitest';
import { saysTheSame, sketch } from './similar.ts';

const BASE =
  'Scale CoreDNS to 2 replicas spread over the nodes before the drain starts, and look again after every upgrade of k3s because packaged manifests are applied again';

const same = (a: string, b: string): boolean => saysTheSame(sketch(a), sketch(b));

test('the same words say the same, whatever the case and the punctuation', () => {
  expect(same(BASE, BASE.replace(',', ' -').replace('Scale', 'SCALE').replace('nodes', 'NODES'))).toBe(true);
  expect(same(BASE, `${BASE} indeed`)).toBe(true);
});

test('another number or a negation never says the same', () => {
  expect(same(BASE, BASE.replace('2', '3'))).toBe(false);
  expect(same(BASE, BASE.replace('look again', 'never look again'))).toBe(false);
});

test('other words do not say the same, and nothing says nothing', () => {
  expect(same(BASE, 'Pin the image to a release, to a commit tag or to a digest')).toBe(false);
  expect(same('', '')).toBe(false);
});
