import { expect, test } from 'vitest';

/**
 * A suite that cannot run says why. Under CI=true that is a failure, unless CI lists it in TEST_ALLOWED_SKIPS
 * (`name=reason;name=reason`), where everybody can read the reason.
 */
export function skipSuite(name: string, why: string): void {
  const allowed = new Map(
    (process.env['TEST_ALLOWED_SKIPS'] ?? '').split(';').map((entry) => {
      const [suite = '', reason = ''] = entry.split('=');
      return [suite.trim(), reason.trim()] as const;
    }),
  );
  const reason = allowed.get(name);
  console.warn(`skipped: ${name}: ${why}${reason ? ` (listed: ${reason})` : ''}`);
  const isFault = process.env['CI'] === 'true' && !reason;
  test.skipIf(!isFault)(`${name} skipped: ${why}`, () => expect.fail(`${name} cannot run: ${why}`));
}
