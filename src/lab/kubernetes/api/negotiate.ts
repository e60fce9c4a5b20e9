import { ApiFault } from './fault.ts';

/** How a client wants an answer. */
export interface Wanted {
  readonly format: 'json' | 'yaml';
  readonly as: 'object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
}

const OFFERS =
  'application/json, application/yaml, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch';

interface MediaRange {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

function parseRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim());
  return { type, parameters: Object.fromEntries(parameters.map((part) => part.split('=', 2))) };
}

function accepted({ type, parameters }: MediaRange): Wanted | undefined {
  const format = type === 'application/yaml' ? 'yaml' : 'json';
  if (type !== 'application/yaml' && !['application/json', '*/*', 'application/*', ''].includes(type)) return undefined;
  const { as, g, v } = parameters;
  if (as === undefined) return { format, as: 'object' };
  const known = as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList';
  return known && g === 'meta.k8s.io' && v === 'v1' ? { format, as } : undefined;
}

/** The first form in an Accept header that the lab can give; protobuf answers it never gives. Throws 406. */
export function negotiate(accept: string | undefined): Wanted {
  for (const range of (accept || '*/*').split(',')) {
    const wanted = accepted(parseRange(range.trim()));
    if (wanted) return wanted;
  }
  throw new ApiFault(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${OFFERS}`, {});
}
