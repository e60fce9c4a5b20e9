import { type ObjectPartName, partSchemas } from './parts.ts';
import { known, World, type WorldParts } from './world.ts';

const at = new Date('2026-11-20T12:00:00Z');

/** A world of just these parts, by key; metadata follows from the key. Parts that are not given are absent. */
export function literalWorld(things: Partial<Record<ObjectPartName, Record<string, object>>>): World {
  const parts: Record<string, unknown> = {};
  for (const [name, objects] of Object.entries(things))
    parts[name] = known(
      new Map(
        Object.entries(objects).map(([key, value]) => {
          const [namespace, rest] = key.includes('/')
            ? [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)]
            : [undefined, key];
          const metadata = { name: rest, ...(namespace !== undefined && { namespace }) };
          return [
            key,
            partSchemas[name as ObjectPartName].parse({
              ...value,
              metadata: {
                ...metadata,
                ...('metadata' in value && typeof value.metadata === 'object' ? value.metadata : {}),
              },
            }),
          ];
        }),
      ),
    );
  return new World(at, parts as WorldParts);
}
