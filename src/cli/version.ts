import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const Package = z.looseObject({ version: z.string() });

/** The version of this package. */
export const readVersion = (packageDir: string): string =>
  Package.parse(JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'))).version;
