import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIpmiProvider, type IpmiOutlet } from '../../src/clients/ipmi/provider.ts';
import type { PowerProvider } from '../../src/clients/power/contract.ts';
import { requestOf, signal } from '../contract/power/support.ts';
import { skipSuite } from '../support/skip.ts';

/** `ipmitool` against the simulated controller of OpenIPMI (`ipmi_sim`): the real program over the real protocol. */
const PATH = process.env['PATH'] ?? '';
const isThere = (program: string): boolean =>
  PATH.split(':').some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
const missing = ['ipmitool', 'ipmi_sim'].filter((program) => !isThere(program));
if (missing.length > 0) skipSuite('ipmi', `not in PATH: ${missing.join(', ')} (Debian: ipmitool, openipmi)`);

const CHASSIS = `#!/bin/sh
file=$(dirname "$0")/power
shift
operation=$1
shift
while [ $# -gt 0 ]; do
  case "$operation $1" in
    "get power") echo "power:$(cat "$file")"; shift ;;
    "set power") echo "$2" >> "$(dirname "$0")/deeds"; echo "$2" > "$file"; shift 2 ;;
    *) exit 1 ;;
  esac
done
`;
const MC = 'mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\nmc_enable 0x20\n';
const configOf = (folder: string, port: number): string => `name "bmc"
set_working_mc 0x20
chassis_control "${folder}/chassis 0x20"
startlan 1
  addr 127.0.0.1 ${port}
  priv_limit admin
  allowed_auths_operator none md2 md5 straight
  allowed_auths_admin none md2 md5 straight
  guid a123456789abcdefa123456789abcdef
endlan
user 1 true "" "test" user 10 none md2 md5 straight
user 2 true "steward" "a-password" admin 10 none md2 md5 straight
`;

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
  const { port } = socket.address();
  socket.close();
  return port;
}

describe.skipIf(missing.length > 0)('IPMI', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ipmi-'));
  const file = (name: string): string => join(folder, name);
  let provider: PowerProvider;
  let open: (more?: Partial<IpmiOutlet>) => PowerProvider;
  let stop: () => void;

  beforeAll(async () => {
    const port = await freePort();
    mkdirSync(file('state'));
    writeFileSync(file('power'), '1');
    writeFileSync(file('chassis'), CHASSIS, { mode: 0o755 });
    writeFileSync(file('lan.conf'), configOf(folder, port));
    writeFileSync(file('mc'), MC);
    writeFileSync(file('password'), 'a-password', { mode: 0o600 });
    writeFileSync(file('wrong'), 'another-one', { mode: 0o600 });
    const args = ['-c', file('lan.conf'), '-f', file('mc'), '-s', file('state'), '-n'];
    const simulator = spawn('ipmi_sim', args, { stdio: 'ignore' });
    stop = () => simulator.kill();
    const outlet = { host: 'pve1', address: '127.0.0.1', port, user: 'steward', cipherSuite: 3 };
    open = (more = {}) =>
      createIpmiProvider({
        outlets: [{ ...outlet, passwordFile: file('password'), ...more }],
        path: PATH,
        pollMs: 50,
      });
    provider = open();
  });
  afterAll(() => {
    stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const deeds = (): string[] => {
    try {
      return readFileSync(file('deeds'), 'utf8').trim().split('\n');
    } catch {
      return [];
    }
  };

  test('the power is read', async () => {
    // Its port is there a moment later.
    const look = () => provider.read('pve1', signal()).catch(() => undefined);
    await expect.poll(look, { timeout: 15_000 }).toEqual({ alias: 'pve1', on: true });
  });

  test('without a right nothing is switched', async () => {
    const refuse = () => {
      throw new Error('no right');
    };
    await expect(provider.cycle('pve1', requestOf({ demandRight: refuse }))).rejects.toThrow('no right');
    expect(deeds()).toEqual([]);
  });

  test('it is cut, seen to be off, and given back', async () => {
    const { seen } = await provider.cycle('pve1', requestOf());
    expect(seen).toEqual(['before: on', 'seen off', 'seen on again']);
    expect(deeds()).toEqual(['0', '1']);
  });

  test('what is off is switched on', async () => {
    writeFileSync(file('power'), '0');
    await provider.cycle('pve1', requestOf());
    expect(deeds()).toEqual(['0', '1', '1']);
    expect(await provider.read('pve1', signal())).toMatchObject({ on: true });
  });

  test('a wrong password and a wrong cipher suite are refused, and no argument holds the password', async () => {
    await expect(open({ passwordFile: file('wrong') }).read('pve1', signal())).rejects.toMatchObject({
      kind: 'target',
      code: 'outlet_unreachable',
      hint: expect.stringContaining('passwordFile'),
    });
    await expect(open({ cipherSuite: 17 }).read('pve1', signal())).rejects.toMatchObject({
      code: 'outlet_unreachable',
      hint: expect.stringContaining('cipherSuite'),
    });
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain('a-password');
  });
});
