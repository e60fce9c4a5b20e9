import { defineConfig } from 'vitest/config';

const project = (name: string, include: string[], testTimeout = 10_000) => ({
  test: {
    name,
    include,
    testTimeout,
    hookTimeout: Math.max(60_000, testTimeout ?? 0),
    // No request to Proxmox leaves any test without being held to the schema of its API.
    setupFiles: ['test/support/pve-schema-watch.ts'],
  },
});

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('unit', ['src/**/*.test.ts']),
      project('architecture', ['test/architecture/**/*.test.ts']),
      project('contract', ['test/contract/**/*.test.ts'], 30_000),
      project('golden', ['test/golden/**/*.test.ts']),
      project('e2e', ['test/e2e/**/*.test.ts'], 60_000),
      project('real', ['test/real/**/*.test.ts'], 180_000),
    ],
  },
});
