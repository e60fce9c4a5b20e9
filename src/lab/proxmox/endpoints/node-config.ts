import { createHash } from 'node:crypto';
import { type Call, type Endpoint, NODE, of, right } from '../endpoint.ts';
import { failure } from '../fault.ts';
import { configIds, integer, oneOf, type Parameters, text } from '../parameter.ts';
import type { NodeState } from '../state.ts';
import { nodeOf } from './node.ts';

const digestOf = ({ lines }: NodeState): string =>
  createHash('sha1')
    .update([...lines].map(([key, value]) => `${key}: ${value}`).join('\n'))
    .digest('hex');

function read(call: Call): unknown {
  const found = nodeOf(call);
  const property = call.params.get('property');
  const wanted = [...found.lines].filter(([key]) => property === undefined || key === property);
  return { ...Object.fromEntries(wanted), digest: digestOf(found) };
}

const NO_LINES = new Set(['node', 'digest', 'delete']);

function change(call: Call): null {
  const found = nodeOf(call);
  const digest = call.params.get('digest');
  if (digest !== undefined && digest !== digestOf(found))
    throw failure('detected modified configuration - file changed by other user? Try again.');
  for (const key of of(call, 'delete').split(/[,;\s]+/)) found.lines.delete(key);
  for (const [key, value] of call.params) if (!NO_LINES.has(key)) found.lines.set(key, value);
  return null;
}

const LINES: Parameters = {
  acme: text(),
  'acmedomain[n]': text(),
  'ballooning-target': integer(0, 100),
  description: text(65_536),
  location: text(),
  'startall-onboot-delay': integer(0, 300),
  wakeonlan: text(),
};
const ACME = [0, 1, 2, 3, 4, 5].map((index) => `acmedomain${index}`);
const PROPERTIES = ['acme', ...ACME, ...Object.keys(LINES).filter((line) => !line.startsWith('acme'))];

/** Lines about a node itself: its description is where people leave notes. */
export const nodeConfigEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/nodes/{node}/config',
    right: right('/', 'Sys.Audit'),
    params: { ...NODE, property: oneOf(...PROPERTIES) },
    run: read,
  },
  {
    method: 'PUT',
    path: '/nodes/{node}/config',
    right: right('/', 'Sys.Modify'),
    params: { ...NODE, ...LINES, delete: configIds, digest: text(40) },
    run: change,
  },
];
