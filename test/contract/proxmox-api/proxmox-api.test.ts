import { beforeAll, describe, expect, test } from 'vitest';
import { sentChannel } from '../../../src/clients/proxmox/sent.ts';
import { endpoints } from '../../../src/lab/proxmox/endpoints/index.ts';
import type { Parameter, Parameters } from '../../../src/lab/proxmox/parameter.ts';
import { skipSuite } from '../../support/skip.ts';
import { open } from '../proxmox-client/support.ts';
import { endpointOf, faultsOf, fromPerl, type Sent } from './check.ts';
import { ENDPOINTS } from './endpoints.ts';
import { loadSchemas, type Property, SCHEMA_FOLDER } from './schema.ts';
import { type TourResult, takeTour } from './tour.ts';

/** What the client sends, and what the lab takes, held to the API's own schema. */

let tour: TourResult;
beforeAll(async () => {
  tour = await takeTour();
});

test('every write of the tour is carried out', () => {
  expect(tour.results.filter((line) => !/ (ok|warning)$/.test(line))).toEqual([]);
});

test('somebody listens in every process of the tests, also when nobody asks', () => {
  // The tour has taken its own ear away: what is left is `test/support/pve-schema-watch.ts`, a setup file of all projects.
  expect(sentChannel.hasSubscribers).toBe(true);
});

const schemas = loadSchemas();
if (schemas.length === 0)
  skipSuite(
    'proxmox-schema',
    `requests were not held to the Proxmox schema: no apidata-<version>.json in ${SCHEMA_FOLDER}. The schema is AGPL and not shipped; ` +
      'take the first array of https://<node>:8006/pve-docs/api-viewer/apidoc.js of a host of yours and name its folder in TEST_PVE_SCHEMA',
  );

/** One fault each, put into a request that is good. */
const SPOILED: readonly (readonly [name: string, spoil: (sent: Sent) => Sent])[] = [
  ['an unknown parameter', (sent) => withParam(sent, 'colour', 'blue')],
  ['another vmid than a number', (sent) => withParam(sent, 'vmid', 'abc')],
  ['a vmid below 100', (sent) => withParam(sent, 'vmid', '99')],
];
const isQuery = ({ method }: Sent): boolean => method === 'GET' || method === 'DELETE';

function withParam(sent: Sent, name: string, value: string): Sent {
  const url = new URL(sent.url);
  const form = isQuery(sent) ? url.searchParams : new URLSearchParams(sent.body);
  form.set(name, value);
  return isQuery(sent) ? { ...sent, url: url.href } : { ...sent, body: form.toString() };
}

/** Each of its parameters in turn as something that no boolean, number or name is. */
const spoiledValues = (sent: Sent): Sent[] =>
  [...new URL(sent.url).searchParams.keys(), ...new URLSearchParams(sent.body).keys()].map((name) =>
    withParam(sent, name, '!true'),
  );

describe.each(schemas)('Proxmox VE $version', (schema) => {
  test('every request of the client is good', () => {
    expect(tour.sent.flatMap((sent) => faultsOf(schema, sent))).toEqual([]);
  });

  test('every kind of request that the client sends was exercised', () => {
    const seen = new Set(tour.sent.map((sent) => endpointOf(schema, sent)?.endpoint ?? 'nothing'));
    expect([...seen].toSorted()).toEqual([...ENDPOINTS].toSorted());
  });

  test('a request that the schema refuses does not stay unseen, whoever sends it', async () => {
    const { execFile } = await import('node:child_process');
    const code = `
      import { channel } from 'node:diagnostics_channel';
      channel('steward.proxmox.sent').publish({ method: 'GET', url: 'http://127.0.0.1:1/api2/json' + process.argv[1], body: '' });`;
    const watch = new URL('../../support/pve-schema-watch.ts', import.meta.url).pathname;
    const endsWith = (path: string): Promise<number | null> =>
      new Promise((resolve) => {
        const child = execFile(process.execPath, ['--import', watch, '--input-type=module', '--eval', code, path]);
        child.once('close', resolve);
      });
    expect(await endsWith('/version')).toBe(0);
    expect(await endsWith('/cluster/nextid?vmid=12')).not.toBe(0);
    expect(await endsWith('/cluster/log')).not.toBe(0); // of the API, but nothing that the tour exercises
  });

  test('what is called with a token takes tokens', () => {
    const refused = tour.sent
      .map((sent) => endpointOf(schema, sent))
      .filter((found) => found && found.endpoint !== 'POST /access/ticket')
      .filter((found) => found?.method.allowtoken !== 1 || found.method.permissions === undefined);
    expect(refused.map((found) => found?.endpoint)).toEqual([]);
  });

  test('every parameter that the lab takes is one of the API, with the same limits, and none is missing', () => {
    const differences = endpoints.flatMap(({ method, path, params }) => {
      const facts = schema.methods.get(`${method} ${path}`);
      return facts
        ? compare(params, facts.parameters.properties).map((line) => `${method} ${path} ${line}`)
        : [`${method} ${path} is not of the API`];
    });
    expect(differences).toEqual([]);
  });

  test('a request that the schema refuses is answered with 400 by the lab', { timeout: 60_000 }, async () => {
    const opened = await open({ refusalDelayMs: 0 });
    const { lab } = opened;
    try {
      const here = (sent: Sent): Sent => ({ ...sent, url: sent.url.replace(/^https?:\/\/[^/]+/, lab.url) });
      const spoiled = unique(tour.sent)
        .map(here)
        .flatMap((sent) => [...SPOILED.map(([, spoil]) => spoil(sent)), ...spoiledValues(sent)])
        .filter((sent) => faultsOf(schema, sent).length > 0);
      expect(spoiled.length).toBeGreaterThan(100);
      const accepted: string[] = [];
      for (const sent of spoiled) {
        const status = await statusOf(sent, lab.token);
        if (status !== 400) accepted.push(`${status} ${sent.method} ${sent.url} ${sent.body}`);
      }
      expect(accepted).toEqual([]);
    } finally {
      await opened.close();
    }
  });

  test('every pattern of it can be read here', () => {
    const patterns = [...schema.methods.values()].flatMap(({ parameters }) =>
      Object.values(parameters.properties).flatMap(({ pattern }) => (pattern === undefined ? [] : [pattern])),
    );
    expect(patterns.length).toBeGreaterThan(100);
    expect(() => patterns.map(fromPerl)).not.toThrow();
  });
});

/** One request for each endpoint and set of parameters. */
function unique(sent: readonly Sent[]): Sent[] {
  const names = ({ method, url, body }: Sent): string => {
    const { pathname, searchParams } = new URL(url);
    return [method, pathname, ...searchParams.keys(), ...new URLSearchParams(body).keys()].join(' ');
  };
  return [...new Map(sent.filter(({ url }) => !url.includes('/tasks/')).map((each) => [names(each), each])).values()];
}

async function statusOf({ method, url, body }: Sent, { id, secret }: { id: string; secret: string }): Promise<number> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `PVEAPIToken=${id}=${secret}`,
      ...(body !== '' && { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    ...(body !== '' && { body }),
  });
  await response.arrayBuffer();
  return response.status;
}

const sorted = (values: readonly string[] | null | undefined): string => [...(values ?? [])].sort().join(' ');

/** Where a rule of the lab is not that of the API. */
function differencesOf(name: string, ours: Parameter, theirs: Property): string[] {
  const facts: readonly (readonly [what: string, ours: unknown, theirs: unknown])[] = [
    ['type', ours.type, theirs.type === 'array' ? 'string' : theirs.type],
    ['required', ours.required === true, Number(theirs.optional ?? 0) !== 1],
    ['minimum', ours.minimum, theirs.minimum],
    ['maximum', ours.maximum, theirs.maximum],
    ['maxLength', ours.maxLength, theirs.maxLength],
    ['requires', ours.requires, theirs.requires],
    ['enum', sorted(ours.oneOf), sorted(theirs.enum)],
  ];
  return facts
    .filter(([, mine, their]) => mine !== their)
    .map(([what, mine, their]) => `${name} ${what}: ${String(mine)}, not ${String(their)}`);
}

function compare(ours: Parameters, theirs: Readonly<Record<string, Property>>): string[] {
  const names = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  return [...names].flatMap((name) => {
    const [mine, their] = [ours[name], theirs[name]];
    if (!mine) return [`${name} is missing`];
    return their ? differencesOf(name, mine, their) : [`${name} is not of the API`];
  });
}
