import type { Endpoint } from './endpoint.ts';

export interface Route {
  readonly endpoint: Endpoint;
  /** Decoded. */
  readonly inPath: ReadonlyMap<string, string>;
}

function match(template: string, segments: readonly string[]): Map<string, string> | undefined {
  const parts = template.split('/').slice(1);
  if (parts.length !== segments.length) return undefined;
  const found = new Map<string, string>();
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? '';
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    if (name !== undefined) found.set(name, segment);
    else if (part !== segment) return undefined;
  }
  return found;
}

const literals = (path: string): number => path.split('/').filter((part) => !part.startsWith('{')).length;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The endpoint of a path below `/api2/json`; of several the one with most literal segments. */
export function findRoute(endpoints: readonly Endpoint[], method: string, path: string): Route | undefined {
  const segments = path.replace(/\/$/, '').split('/').slice(1).map(decoded);
  return endpoints
    .filter((endpoint) => endpoint.method === method)
    .flatMap((endpoint) => {
      const inPath = match(endpoint.path, segments);
      return inPath ? [{ endpoint, inPath }] : [];
    })
    .toSorted((a, b) => literals(b.endpoint.path) - literals(a.endpoint.path))[0];
}
