import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import type { Link } from './entry.ts';

/** The last link of the chain kept outside the database, so that cutting off its end shows. */
export interface Anchor {
  read(): Link | undefined;
  write(link: Link): void;
}

const Kept = z.object({ seq: z.int(), hash: z.string() });

/** Beside the journal. Written after the commit: it may lag behind by an entry, never run ahead. */
export function fileAnchor(path: string): Anchor {
  return {
    read() {
      try {
        return Kept.parse(JSON.parse(readFileSync(path, 'utf8')));
      } catch {
        // No file yet, or half a file: the row in the database still knows the end of the chain.
        return undefined;
      }
    },
    write({ seq, hash }) {
      const fresh = `${path}.${process.pid}`;
      writeFileSync(fresh, JSON.stringify({ seq, hash }));
      renameSync(fresh, path);
    },
  };
}

/** For a journal in memory, which nobody else can reach. */
export const noAnchor: Anchor = { read: () => undefined, write: () => undefined };
