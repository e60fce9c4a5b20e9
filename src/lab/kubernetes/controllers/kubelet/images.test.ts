import { expect, test } from 'vitest';
import { parseImage } from './images.ts';

test.each([
  ['redis', 'redis', 'latest'],
  ['docker.io/library/redis:8.2', 'redis', '8.2'],
  ['docker.io/selenium/standalone-chrome:4.35.0', 'selenium/standalone-chrome', '4.35.0'],
  ['registry.home.arpa:5000/a/b', 'registry.home.arpa:5000/a/b', 'latest'],
  ['ghcr.io/a/b:1.2@sha256:abc', 'ghcr.io/a/b', '1.2'],
])('%s is repository %s with tag %s', (reference, repository, tag) =>
  expect(parseImage(reference)).toEqual({ repository, tag }),
);
