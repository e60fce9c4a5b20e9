import { systemClock } from '../../src/core/clock.ts';
import { randomId } from '../../src/core/ids.ts';
import { silentLog } from '../../src/server/log.ts';
import { createMcpFactory } from '../../src/server/mcp/build.ts';
import { serveMcpOverStdio } from '../../src/server/mcp/stdio.ts';
import { FakeRegistry } from './fake-registry.ts';

// The fake registry over real stdio: started as a process of its own by the transport tests.
const build = createMcpFactory({
  registry: new FakeRegistry(),
  version: '0.0.0',
  clock: systemClock,
  newId: randomId,
  log: silentLog,
});
await serveMcpOverStdio(
  { build, input: process.stdin, output: process.stdout, log: silentLog },
  new AbortController().signal,
);
